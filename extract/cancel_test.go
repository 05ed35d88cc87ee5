package extract_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mnaflow/mnaflow/extract"
	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/trace"
)

// TestFetchEndsWithItsContext wherever it waits: at once, with the context's error and no further request.
func TestFetchEndsWithItsContext(t *testing.T) {
	for _, c := range []struct {
		what     string
		fault    apisim.Fault
		pace     float64
		requests int
		text     string
	}{
		{"for the pace", apisim.Fault{}, 0.001, 0, "waiting for the pace"},
		{"for the answer", apisim.Fault{Kind: apisim.FaultHang}, 18, 1,
			"asking for [2026-05-09T16:00Z, 2026-05-10T16:00Z) of main/hourly/MC/public/total: context canceled"},
		{"for a slow answer", apisim.Fault{Kind: apisim.FaultSlow, Latency: apisim.Duration(20 * time.Second)}, 18, 1,
			"context canceled"},
		{"to try again", apisim.Fault{Code: "InternalError"}, 18, 1, "waiting to try again"},
		{"after a refusal by the limit", apisim.Fault{Code: "RequestLimitExceeded"}, 18, 1, "waiting to try again"},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := bubble(t)
				if c.fault != (apisim.Fault{}) {
					r.faults(c.fault)
				}
				r.deps.Pace = extract.NewPace(c.pace, time.Now)
				r.deps.Random = func() float64 { return 0.9 }
				if c.requests == 0 { // another request is ahead in the queue
					if err := r.deps.Pace.Wait(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				ctx, cancel := context.WithCancel(t.Context())
				ended := r.begin(ctx)
				synctest.Wait() // until it waits for time to pass
				begin := time.Now()
				cancel()
				err := <-ended
				if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), c.text) {
					t.Errorf("%v, want %s", err, c.text)
				}
				if late := time.Since(begin); late != 0 {
					t.Errorf("it returned %s later", late)
				}
				synctest.Wait()
				if n := r.sim.Stats().Received; n != c.requests {
					t.Errorf("%d requests, want %d", n, c.requests)
				}
			})
		})
	}
}

// TestASecondTryOfAnotherEndsWithTheContext: while one window retries a refused key alone, the other windows wait.
// When their context ends they return at once, and the retry goes on.
func TestASecondTryOfAnotherEndsWithTheContext(t *testing.T) {
	for _, requests := range []int{0, 1} { // before a first try, before a second
		synctest.Test(t, func(t *testing.T) {
			r := bubble(t, apisim.Fault{Code: "AuthFailure.SignatureExpire", Count: 1})
			var end func()
			alone := func() {
				var err error
				if end, err = r.deps.Pace.Alone(t.Context()); err != nil {
					t.Error(err)
				}
			}
			r.deps.Trace.Request = func(string, bool) func(string) { return func(string) { alone() } }
			if requests == 0 {
				alone()
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := r.begin(ctx)
			synctest.Wait()
			begin := time.Now()
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) ||
				!strings.Contains(err.Error(), "waiting for the pace") || time.Since(begin) != 0 {
				t.Errorf("%v after %s", err, time.Since(begin))
			}
			end()
			if n := r.sim.Stats().Received; n != requests {
				t.Errorf("%d requests, want %d", n, requests)
			}
			r.deps.Trace = trace.Trace{}
			if _, err := r.client().Fetch(t.Context(), hourly, aDay, r.stamp); err != nil {
				t.Errorf("the next window: %v", err)
			}
		})
	}
}

func TestFetchWithAContextThatHasEnded(t *testing.T) {
	r := online(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.client().Fetch(ctx, hourly, aDay, r.stamp); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if n := r.sim.Stats().Received; n != 0 {
		t.Errorf("%d requests", n)
	}
}

// TestAnAnswerThatDoesNotCome: each request has its own timeout.
func TestAnAnswerThatDoesNotCome(t *testing.T) {
	slow := apisim.Fault{Kind: apisim.FaultSlow, Latency: apisim.Duration(31 * time.Second)}
	for _, f := range []apisim.Fault{{Kind: apisim.FaultHang}, slow} {
		synctest.Test(t, func(t *testing.T) {
			r := bubble(t, f)
			r.config.Timeout, r.config.MaxAttempts = 30*time.Second, 3
			r.deps.Random = func() float64 { return 0 }
			begin := time.Now()
			_, err := r.fetch(hourly, aDay)
			if got := r.failure(err); got.Class != flow.Transient || got.Attempts != 3 ||
				err.Error() != got.Doing+": no answer within 30s (extract.timeout)" {
				t.Errorf("%s after %d requests: %s", got.Class, got.Attempts, err)
			}
			if took := time.Since(begin); took != 90*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestAnAnswerJustInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := bubble(t, apisim.Fault{Kind: apisim.FaultSlow, Latency: apisim.Duration(29 * time.Second)})
		r.config.Timeout = 30 * time.Second
		if got, err := r.fetch(hourly, aDay); err != nil || got.Attempts != 1 {
			t.Errorf("%d attempts, %v", got.Attempts, err)
		}
	})
}

func TestADeadlineOfTheCallerIsTheContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := bubble(t, apisim.Fault{Kind: apisim.FaultHang})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := r.client().Fetch(ctx, hourly, aDay, r.stamp)
		if !errors.Is(err, context.DeadlineExceeded) || flow.ClassOf(err) != flow.Unexpected {
			t.Errorf("%s: %v", flow.ClassOf(err), err)
		}
	})
}
