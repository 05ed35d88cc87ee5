package extract

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// minPace is the slowest that refusals can make a key, in requests a second.
	minPace = 0.5
	// tellEvery is how often the operator hears of a key that the limit lets nothing through of.
	tellEvery = time.Minute
	// fastest is more than any program sends: no pace is bounded by it, only what may come together.
	fastest = 1e9
)

// Pace spaces the requests of one key evenly, at most so many a second, across everything that this process does with the key.
//
// The API passes the first 20 requests that arrive in each second of its clock and shares that limit with every other program of the key,
// so a refusal means that somebody else is asking too: the pace halves, and recovers by one request a second for each second without a
// refusal.
//
// A key that was refused and is tried a second time goes before all others, and alone: if it is refused again, its account ends with
// nothing more sent than was under way.
type Pace struct {
	first   chan struct{} // held by the first of those that wait, so that a second try has one before it at most
	turn    chan struct{} // held by whoever is next
	limiter *rate.Limiter
	most    rate.Limit
	now     func() time.Time

	mu     sync.Mutex
	halved time.Time
	since  time.Time // of the first refusal since a request passed; zero: none
	told   time.Time // when the operator last heard of it
}

// NewPace returns a pace of at most perSecond requests a second.
func NewPace(perSecond float64, now func() time.Time) *Pace {
	// A timer is good for a millisecond or so: what a faster pace lets through meanwhile may come together.
	together := max(1, min(perSecond, fastest)/1000)
	return &Pace{
		first: make(chan struct{}, 1), turn: make(chan struct{}, 1),
		limiter: rate.NewLimiter(rate.Limit(perSecond), int(together)), most: rate.Limit(perSecond), now: now,
	}
}

// Wait returns when the next request may be sent, or with the context's error.
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

// Alone returns when the turn is the caller's, or with the context's error. No other request is sent until end is called; the next one then
// waits its interval, in which the account of a refused key ends.
func (p *Pace) Alone(ctx context.Context) (end func(), _ error) {
	if err := take(ctx, p.turn); err != nil {
		return nil, err
	}
	return func() {
		p.limiter.Reserve()
		release(p.turn)
	}, nil
}

// take waits for what one at a time may hold.
func take(ctx context.Context, one chan struct{}) error {
	select {
	case one <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func release(one chan struct{}) { <-one }

// space keeps the distance to the request before.
func (p *Pace) space(ctx context.Context) error {
	err := p.limiter.Wait(ctx)
	if err != nil && ctx.Err() == nil { // the limiter does not wait where it sees the deadline come first
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}

// PerSecond is the present pace.
func (p *Pace) PerSecond() float64 { return float64(p.limiter.Limit()) }

// Most is the limit that the pace recovers to.
func (p *Pace) Most() float64 { return float64(p.most) }

// Refused halves the pace. Requests that were under way together are refused together, so it does so once a second at most.
//
// Once every minute in which nothing passed, it returns for how long nothing has, for the operator; otherwise 0.
func (p *Pace) Refused() (tell time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if now.Sub(p.halved) >= time.Second {
		p.halved = now
		p.limiter.SetLimit(max(min(minPace, p.most), p.limiter.Limit()/2))
	}
	if p.since.IsZero() {
		p.since, p.told = now, now
	}
	if now.Sub(p.told) < tellEvery {
		return 0
	}
	p.told = now
	return now.Sub(p.since)
}

// Passed lets the pace recover.
func (p *Pace) Passed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.since = time.Time{}
	if now := p.limiter.Limit(); now < p.most {
		p.limiter.SetLimit(min(p.most, now+1/now))
	}
}
