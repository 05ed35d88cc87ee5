package extract

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

func failure(code string) *apiError { return &apiError{class: classify(code), code: code} }

// tries feeds errors to the budget and lists the waits before each retry, until there is none.
func tries(b *budget, random float64, next func(n int) *apiError) []time.Duration {
	waits := []time.Duration{}
	for n := 0; ; n++ {
		wait, again := b.next(next(n), func() float64 { return random })
		if !again {
			return waits
		}
		waits = append(waits, wait)
	}
}

func always(code string) func(int) *apiError { return func(int) *apiError { return failure(code) } }

func TestTriesAndTheirWaits(t *testing.T) {
	const ms, s = time.Millisecond, time.Second
	for _, c := range []struct {
		what   string
		max    int
		random float64
		next   func(int) *apiError
		want   []time.Duration
	}{
		{"doubled, to a bound", 10, 0.5, always("InternalError"),
			[]time.Duration{250 * ms, 500 * ms, s, 2 * s, 4 * s, 8 * s, 10 * s, 10 * s, 10 * s}},
		{"full jitter begins at nothing", 4, 0, always("InternalError"), []time.Duration{0, 0, 0}},
		{"no code", 3, 0.5, func(int) *apiError { return &apiError{class: flow.Transient} },
			[]time.Duration{250 * ms, 500 * ms}},
		{"a single attempt", 1, 0.5, always("InternalError"), []time.Duration{}},
		{"FailedOperation, a few times", 6, 0.5, always("FailedOperation"), []time.Duration{250 * ms, 500 * ms}},
		{"FailedOperation, fewer where the budget is", 2, 0.5, always("FailedOperation"), []time.Duration{250 * ms}},
		{"signed again once, at once", 6, 0.5, always("AuthFailure.SignatureExpire"), []time.Duration{0}},
		{"renewed once, at once", 6, 0.5, always("AuthFailure.TokenFailure"), []time.Duration{0}},
		{"renewed even within a single attempt", 1, 0.5, always("AuthFailure.TokenFailure"), []time.Duration{0}},
		{"refused", 6, 0.5, always("InvalidParameterValue"), []time.Duration{}},
		{"rejected", 6, 0.5, always("MissingParameter"), []time.Duration{}},
		{"denied", 6, 0.5, always("AuthFailure.SignatureFailure"), []time.Duration{}},
		{"disagreeing", 6, 0.5, func(int) *apiError { return &apiError{class: flow.Disagrees} }, []time.Duration{}},
		{"each kind by itself", 3, 0.5, func(n int) *apiError {
			return failure([]string{"RequestLimitExceeded", "InternalError", "AuthFailure.SignatureExpire",
				"AuthFailure.TokenFailure", "RequestLimitExceeded",
				"InternalError", "InternalError"}[n])
		}, []time.Duration{500 * ms, 250 * ms, 0, 0, 500 * ms, 500 * ms}},
	} {
		t.Run(c.what, func(t *testing.T) {
			if diff := cmp.Diff(c.want, tries(newBudget(c.max), c.random, c.next)); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefusalsByTheRateLimitHaveNoBound(t *testing.T) {
	b := newBudget(1)
	for n := range 10_000 {
		wait, again := b.next(failure("RequestLimitExceeded.UinLimitExceeded"), func() float64 { return 0.999 })
		if !again || wait != 999*time.Millisecond {
			t.Fatalf("after %d refusals: again %t, after %s; want 999ms: it does not grow, since the pace does the "+
				"slowing", n+1, again, wait)
		}
	}
}

func TestManyFailuresDoNotOverflowTheWait(t *testing.T) {
	for _, w := range tries(newBudget(200), 0.999, always("InternalError")) {
		if w < 0 || w >= backoffMax {
			t.Fatalf("a wait of %s", w)
		}
	}
}
