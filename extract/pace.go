package extract

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// minPace is the slowest pace that throttling leads to, in requests a second.
	minPace = 0.5
	// warnEvery is how often the log warns while every request of a key is throttled.
	warnEvery = time.Minute
	// fastest bounds the burst of a pace, not the pace: no program sends that many requests a second.
	fastest = 1e9
)

// Pace spaces all requests that this process sends with one key evenly.
//
// The API accepts the first 20 requests of each second of its clock and throttles the rest; every program of the key
// shares this limit. So a throttled request means that another program is sending too. The pace then halves, and
// speeds up by one request a second for each second in which requests are accepted.
//
// When the API refuses the key or the signature, its one retry goes first and alone. If the retry is refused too, the
// account stops, and no requests have been sent in vain but those already on the wire.
type Pace struct {
	first   chan struct{} // held by the head of the queue: so Alone waits behind one request at most
	turn    chan struct{} // held by the request that is sent next
	limiter *rate.Limiter
	most    rate.Limit
	now     func() time.Time

	mu       sync.Mutex
	halved   time.Time
	starved  time.Time // since when every request has been throttled; zero: the last one was accepted
	lastWarn time.Time
}

// NewPace returns a pace of perSecond requests a second, which is also the fastest that it recovers to.
func NewPace(perSecond float64, now func() time.Time) *Pace {
	// Timers are exact to about a millisecond: a pace above 1000 a second must let the requests of one millisecond go
	// together.
	burst := max(1, min(perSecond, fastest)/1000)
	return &Pace{
		first: make(chan struct{}, 1), turn: make(chan struct{}, 1),
		limiter: rate.NewLimiter(rate.Limit(perSecond), int(burst)), most: rate.Limit(perSecond), now: now,
	}
}

// Wait returns when the caller may send its request, or with the context's error.
func (p *Pace) Wait(ctx context.Context) error {
	if err := take(ctx, p.first); err != nil {
		return err
	}
	defer release(p.first)
	if err := take(ctx, p.turn); err != nil {
		return err
	}
	defer release(p.turn)
	return p.space(ctx)
}

// Alone waits for the turn and keeps it until the caller calls end; meanwhile no other request of the key is sent.
// After end the next one still waits one interval, which leaves time to stop the account if its key was refused. The
// error is the context's.
func (p *Pace) Alone(ctx context.Context) (end func(), _ error) {
	if err := take(ctx, p.turn); err != nil {
		return nil, err
	}
	return func() {
		p.limiter.Reserve()
		release(p.turn)
	}, nil
}

// take acquires one, a lock, or returns the context's error.
func take(ctx context.Context, one chan struct{}) error {
	select {
	case one <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func release(one chan struct{}) { <-one }

// space waits until the interval since the previous request has passed.
func (p *Pace) space(ctx context.Context) error {
	err := p.limiter.Wait(ctx)
	if err != nil && ctx.Err() == nil { // the limiter fails at once if the deadline comes first
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}

// PerSecond is the present pace, in requests a second.
func (p *Pace) PerSecond() float64 { return float64(p.limiter.Limit()) }

// Most is the pace that it recovers to, in requests a second.
func (p *Pace) Most() float64 { return float64(p.most) }

// Throttled records a throttled request and halves the pace, at most once a second: the requests of one second are
// throttled together.
//
// It returns 0, or, once a minute while no request is accepted, for how long none has been: the caller should log
// that.
func (p *Pace) Throttled() (starved time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if now.Sub(p.halved) >= time.Second {
		p.halved = now
		p.limiter.SetLimit(max(min(minPace, p.most), p.limiter.Limit()/2))
	}
	if p.starved.IsZero() {
		p.starved, p.lastWarn = now, now
	}
	if now.Sub(p.lastWarn) < warnEvery {
		return 0
	}
	p.lastWarn = now
	return now.Sub(p.starved)
}

// Accepted records a request that was not throttled, and speeds the pace up.
func (p *Pace) Accepted() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.starved = time.Time{}
	if now := p.limiter.Limit(); now < p.most {
		p.limiter.SetLimit(min(p.most, now+1/now))
	}
}
