package pipeline

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// What ends learning early teaches nothing: after an interrupt at any request, a cut line or a refused key, later
// passes make all good.
func TestLearningIsCutShort(t *testing.T) {
	for _, c := range []struct {
		name  string
		err   *flow.Error
		state flow.RunState
	}{
		{"an interrupt", nil, flow.RunInterrupted},
		{"a refused key", &flow.Error{Class: flow.Denied, Err: errors.New("the key is locked")}, flow.RunDenied},
		{"a fault of one request",
			&flow.Error{Class: flow.Transient, RequestID: "r", Err: errors.New("internal error")}, flow.RunPartial},
		{"a request that is rejected",
			&flow.Error{Class: flow.Rejected, RequestID: "r", Err: errors.New("unheard of")}, flow.RunPartial},
	} {
		t.Run(c.name, func(t *testing.T) {
			for cut := 1; cut < 45; cut++ {
				w, bucket := one("2025-06-01")
				w.span, w.kept[flow.Europe] = 168, 60*day+time.Minute
				poison(w.poisoned, w.series[0], bucket(200), bucket(201))
				ctx, stop := context.WithCancel(t.Context())
				w.down = func(n int) error {
					switch {
					case n != cut:
						return nil
					case c.err == nil:
						stop()
						return context.Canceled
					}
					copied := *c.err
					return &copied
				}
				r, sent, entered := w.pass(ctx, Order{})
				stop()
				if len(sent) >= cut && r.Run.State != c.state {
					t.Fatalf("cut at request %d: %s", cut, r.Run.State)
				}
				if c.state == flow.RunDenied || c.state == flow.RunInterrupted {
					if len(sent) > cut+perSeries {
						t.Errorf("cut at request %d, %d were sent", cut, len(sent))
					}
				} else if got := r.Run.Accepted + r.Run.Failed + r.Run.Unavailable; got != r.Run.Windows || len(entered) != got {
					t.Errorf("cut at request %d: %d windows planned, %d entered, %d told", cut, r.Run.Windows, len(entered), got)
				}
				w.down = nil
				for range 3 {
					w.advance(time.Hour)
					w.pass(t.Context(), Order{})
				}
				w.judge(t)
				if t.Failed() {
					t.Fatalf("cut at request %d", cut)
				}
			}
		})
	}
}

// A length that the API no longer refuses is tried after a month, and one that it no longer answers is found.
func TestTheLongestWindowChanges(t *testing.T) {
	w, _ := one("2025-06-01")
	w.span = 100
	w.pass(t.Context(), Order{})
	if w.limits.Answered != 100 || w.limits.Refused != 101 {
		t.Errorf("learned %+v, want 100 and 101", w.limits)
	}
	force := func(most int) {
		t.Helper()
		w.advance(time.Hour)
		_, sent, _ := w.pass(t.Context(), Order{Force: true})
		if n := len(sent) - w.least(w.answerable(w.series[0])); n > most {
			t.Errorf("span %d: %d requests more, want at most %d; learned %+v", w.span, n, most, w.limits)
		}
		w.judge(t)
	}
	force(0)
	w.advance(31 * day)
	force(1)
	force(0)
	w.span = 0
	w.advance(31 * day)
	force(1)
	force(0)
	w.span = 50
	force(30)
	force(0)
	if w.limits.Answered != 50 || w.limits.Refused != 51 {
		t.Errorf("learned %+v, want 50 and 51", w.limits)
	}
}
