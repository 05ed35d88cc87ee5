package extract

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// clock is moved by hand.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func perSecond(t *testing.T, p *Pace, want float64) {
	t.Helper()
	if got := p.PerSecond(); math.Abs(got-want) > 1e-9 {
		t.Errorf("%g requests a second, want %g", got, want)
	}
}

func TestARefusalHalvesThePaceOnceASecond(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	p := NewPace(18, c.now)
	perSecond(t, p, 18)
	for _, step := range []struct {
		after time.Duration
		want  float64
	}{
		{0, 9}, {0, 9}, {999 * time.Millisecond, 9}, // those that were under way together
		{time.Millisecond, 4.5}, {time.Second, 2.25}, {time.Hour, 1.125}, {time.Second, 0.5625},
		{time.Second, 0.5}, {time.Second, 0.5}, // no slower than that
	} {
		c.t = c.t.Add(step.after)
		p.Throttled()
		perSecond(t, p, step.want)
	}
}

func TestAPaceThatStarvesWarnsOnceAMinute(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	p := NewPace(18, c.now)
	for _, step := range []struct {
		after    time.Duration
		accepted bool // a request was accepted just before this one was throttled
		want     time.Duration
	}{
		{0, false, 0}, {59 * time.Second, false, 0}, {time.Second, false, time.Minute}, {0, false, 0},
		{59 * time.Second, false, 0},
		{2 * time.Second, false, 2*time.Minute + time.Second},
		// another program of the key has left and come back
		{time.Hour, true, 0}, {59 * time.Second, false, 0}, {time.Second, false, time.Minute},
	} {
		c.t = c.t.Add(step.after)
		if step.accepted {
			p.Accepted()
		}
		if got := p.Throttled(); got != step.want {
			t.Errorf("%s later: starved for %s, want %s", step.after, got, step.want)
		}
	}
}

func TestThePaceRecoversByOneASecond(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	p := NewPace(18, c.now)
	p.Accepted() // there is nothing to recover
	perSecond(t, p, 18)
	p.Throttled()
	p.Accepted()
	perSecond(t, p, 9+1.0/9)
	for range 8 {
		p.Accepted()
	}
	if got := p.PerSecond(); got < 9.9 || got > 10 { // nine answers at nine a second: one second
		t.Errorf("%g requests a second after a second without a refusal, want almost 10", got)
	}
	for range 200 {
		p.Accepted()
	}
	perSecond(t, p, 18)
}

func TestAPaceSlowerThanTheSlowestStays(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	p := NewPace(0.2, c.now)
	p.Throttled()
	perSecond(t, p, 0.2)
	p.Accepted()
	perSecond(t, p, 0.2)
}

// TestRequestsAreSpacedEvenly: no second holds more requests than the pace plus one.
func TestRequestsAreSpacedEvenly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPace(18, time.Now)
		begin := time.Now()
		var mu sync.Mutex
		var passed []time.Duration
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if err := p.Wait(t.Context()); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				passed = append(passed, time.Since(begin))
			})
		}
		wg.Wait()
		for i, at := range passed {
			if want := time.Duration(i) * time.Second / 18; (at - want).Abs() > time.Microsecond {
				t.Fatalf("request %d passed after %s, want %s", i, at, want)
			}
		}
	})
}

func TestWaitingForThePaceEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPace(0.01, time.Now)
		if err := p.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			what string
			ctx  func() (context.Context, context.CancelFunc)
			want error
		}{
			{"cancelled before", func() (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				return ctx, cancel
			}, context.Canceled},
			{"a deadline that comes too soon", func() (context.Context, context.CancelFunc) {
				return context.WithTimeout(t.Context(), time.Second)
			}, context.DeadlineExceeded},
			{"cancelled meanwhile", func() (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				return ctx, cancel
			}, context.Canceled},
		} {
			ctx, cancel := c.ctx()
			if err := p.Wait(ctx); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.what, err, c.want)
			}
			cancel()
		}
		// Requests that gave up waiting take no place: the next one is sent 100 s after the first, not later.
		begin := time.Now()
		if err := p.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(begin); waited > 100*time.Second {
			t.Errorf("waited %s", waited)
		}
	})
}

// On a loopback endpoint a pace may be far above the vendor's limit: then it must not slow the program down.
func TestAFastPaceCostsNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const perSecond, requests = 100_000, 20_000
		p, began := NewPace(perSecond, time.Now), time.Now()
		for range requests {
			if err := p.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took, want := time.Since(began).Seconds(), float64(requests)/perSecond; took < 0.99*want ||
			took > 1.01*want {
			t.Errorf("%d requests took %.3f s, want %.3f", requests, took, want)
		}
	})
	began := time.Now()
	const perSecond, requests = 100_000, 20_000
	p := NewPace(perSecond, time.Now)
	for range requests {
		if err := p.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d requests of %d a second took %s by a real clock", requests, perSecond, time.Since(began))
}

func TestAPaceWithinTheVendorsLimitSpacesEachRequest(t *testing.T) {
	for _, perSecond := range []float64{0.5, 18, 20, 999} {
		if n := NewPace(perSecond, time.Now).limiter.Burst(); n != 1 {
			t.Errorf("%v a second: %d may come together", perSecond, n)
		}
	}
}
