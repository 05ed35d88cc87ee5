package extract_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mnaflow/mnaflow/extract"
	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/flow"

	"golang.org/x/sync/errgroup"
)

// TestOneKeyOnePace: a hundred concurrent requests through two clients of one key stay below the API's 20 a second,
// and use nearly all of that limit.
func TestOneKeyOnePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := bubble(t)
		r.set(func(s *apisim.Settings) { s.Latency = apisim.Duration(150 * time.Millisecond) })
		clients := []*extract.Client{r.client(), r.client()}
		begin := time.Now()
		var all errgroup.Group
		for i := range 100 {
			all.Go(func() error {
				got, err := clients[i%2].Fetch(t.Context(), hourly, aDay, r.stamp)
				if err == nil && (got.Attempts != 1 || got.Throttled != 0) {
					t.Errorf("%d attempts, %d throttled", got.Attempts, got.Throttled)
				}
				return err
			})
		}
		if err := all.Wait(); err != nil {
			t.Fatal(err)
		}
		took := time.Since(begin)
		stats := r.sim.Stats()
		if stats.MaxReceivedPerSecond > 20 || stats.Refused != 0 || stats.Answered != 100 {
			t.Errorf("up to %d in a second, %d refused, %d answered", stats.MaxReceivedPerSecond,
				stats.Refused, stats.Answered)
		}
		if least := 99*time.Second/18 + 150*time.Millisecond; took < least || took > least+10*time.Millisecond {
			t.Errorf("it took %s, want %s", took, least)
		}
	})
}

// TestRefusedKeysStop: forty windows wait to be sent with a key that the API refuses. Before the account stops, it
// sends only what was on the wire already, the request whose turn it was, and one retry.
func TestRefusedKeysStop(t *testing.T) {
	for code, want := range map[string]int{
		"AuthFailure.SignatureFailure": 3, "AuthFailure.SignatureExpire": 3 + 2, "AuthFailure.TokenFailure": 3 + 2,
	} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := bubble(t, apisim.Fault{Code: code})
				// 18 a second: three are on the wire
				r.set(func(s *apisim.Settings) { s.Latency = apisim.Duration(130 * time.Millisecond) })
				client := r.client()
				account, ctx := errgroup.WithContext(t.Context())
				for range 40 {
					account.Go(func() error {
						_, err := client.Fetch(ctx, hourly, aDay, r.stamp)
						return err
					})
				}
				if err := account.Wait(); flow.ClassOf(err) != flow.Denied {
					t.Errorf("%v, want a refusal of the key", err)
				}
				if got := r.sim.Stats().Received; got > want {
					t.Errorf("%d requests, want at most %d", got, want)
				}
			})
		})
	}
}

// TestSecondTries: requests whose signature was too old are all retried, one after the other.
func TestSecondTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := bubble(t, apisim.Fault{Code: "AuthFailure.SignatureExpire", Count: 3})
		r.set(func(s *apisim.Settings) { s.Latency = apisim.Duration(130 * time.Millisecond) })
		r.many(10)
		if got := r.sim.Stats(); got.Answered != 10 || got.Received != 13 {
			t.Errorf("%d windows answered after %d requests, want 10 and 13", got.Answered, got.Received)
		}
	})
}

// TestAnotherProgramTakesHalf: while another program uses the key, the pace halves and no window fails; then the pace
// recovers.
func TestAnotherProgramTakesHalf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := bubble(t)
		other := bubble(t) // its own pace, the same key and limit
		other.sim, other.config, other.deps.Transport = r.sim, r.config, r.deps.Transport
		var both errgroup.Group
		for range 200 {
			for _, program := range []*rig{r, other} {
				client := program.client()
				both.Go(func() error {
					_, err := client.Fetch(t.Context(), hourly, aDay, program.stamp)
					return err
				})
			}
		}
		if err := both.Wait(); err != nil {
			t.Fatal(err)
		}
		stats := r.sim.Stats()
		if stats.Answered != 400 || stats.Refused == 0 {
			t.Errorf("%d answered, %d refused", stats.Answered, stats.Refused)
		}
		client := r.client()
		for range 300 {
			if _, err := client.Fetch(t.Context(), hourly, aDay, r.stamp); err != nil {
				t.Fatal(err)
			}
		}
		if got := r.deps.Pace.PerSecond(); got != 18 {
			t.Errorf("%g requests a second in the end, want 18", got)
		}
	})
}

// TestRefusalsSlowThePace: throttled requests slow the pace and do not count as attempts.
func TestRefusalsSlowThePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := bubble(t, apisim.Fault{Code: "RequestLimitExceeded.UinLimitExceeded", Count: 12})
		r.config.MaxAttempts = 1
		r.deps.Random = func() float64 { return 0.999 }
		got, err := r.fetch(hourly, aDay)
		if err != nil {
			t.Fatal(err)
		}
		if got.Attempts != 13 || got.Throttled != 12 {
			t.Errorf("%d attempts, %d throttled", got.Attempts, got.Throttled)
		}
		if pace := r.deps.Pace.PerSecond(); pace < 0.5 || pace > 3 { // 0.5, and 1/0.5 more for the answer
			t.Errorf("%g requests a second", pace)
		}
	})
}

// TestTheLimitIsTakenWhole: for a quarter of an hour every request is throttled. No window fails, the log warns once
// a minute, and few requests are sent.
func TestTheLimitIsTakenWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := bubble(t, apisim.Fault{Code: "RequestLimitExceeded.GlobalRegionUinLimitExceeded"})
		begin := time.Now()
		time.AfterFunc(15*time.Minute, r.sim.ClearFaults)
		r.many(10)
		stats := r.sim.Stats()
		if took := time.Since(begin); stats.Answered != 10 || took < 15*time.Minute || stats.Received > 500 {
			t.Errorf("%d windows answered after %s and %d requests, want 10 and about 450: one every two seconds",
				stats.Answered, took, stats.Received)
		}
		if n := strings.Count(r.log.String(), "level=WARN"); n != 14 {
			t.Errorf("%d warnings, want one a minute:\n%s", n, r.log.String())
		}
	})
}
