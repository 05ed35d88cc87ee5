package pipeline

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// refusing is an API that refuses the first window that it is asked for, and meets every other request with then.
type refusing struct {
	asked int
	then  func() error
}

func (r *refusing) Fetch(_ context.Context, _ flow.Series, _ flow.Window, stamp func() flow.Stamp) (flow.Answer, error) {
	sent := stamp()
	if r.asked++; r.asked > 1 {
		if err := r.then(); err != nil {
			return flow.Answer{Sent: sent, Attempts: 1}, err
		}
	}
	return flow.Answer{}, &flow.Error{Class: flow.Refused, RequestID: "r-1", Sent: sent, Attempts: 1, Err: errors.New("too long")}
}

// What is met while looking for what the API accepts instead counts as if the window itself had met it.
func TestWhatStopsTheLookingForLimits(t *testing.T) {
	denied := &flow.Error{Class: flow.Denied, RequestID: "r-2", Attempts: 1, Err: errors.New("the key is locked")}
	cut := &flow.Error{Class: flow.Transient, Attempts: 1, Err: errors.New("the line is cut")}
	for _, c := range []struct {
		name  string
		then  func(stop func()) error
		class flow.Class // of the only ledger entry; empty: there is none
		err   error
	}{
		{"the key is refused: the account stops", func(func()) error { return denied }, flow.Denied, denied},
		{"an interrupt: nothing is known of the window", func(stop func()) error { stop(); return context.Canceled }, "", context.Canceled},
		{"a fault that may pass: the window failed", func(func()) error { return cut }, flow.Refused, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			_, _, tasks := pair(t, flow.Hourly, "2026-01-01", "2026-01-02")
			tasks[0].Failures = 2
			api := &refusing{then: func() error { return c.then(stop) }}
			runner := New(Settings{Start: at("2026-01-01")}, Dependencies{Now: func() time.Time { return at("2026-01-03") }})
			p := &pass{Runner: runner, clock: &versions{now: runner.deps.Now}, results: make(chan flow.Attempt, 9)}
			e := &extraction{
				pass: p, group: group{account: Account{API: api}, calendar: tasks[0].Calendar}, breaker: &breaker{stop: func(error) {}}, limits: &limits{},
			}
			if err := e.window(ctx, tasks[0]); !errors.Is(err, c.err) {
				t.Errorf("%v, want %v", err, c.err)
			}
			close(p.results)
			var entries []flow.Attempt
			for a := range p.results {
				entries = append(entries, a)
			}
			if c.class == "" && len(entries) > 0 || c.class != "" && (len(entries) != 1 || entries[0].Class != c.class) {
				t.Errorf("entered into the ledger: %+v, want one of class %q", entries, c.class)
			}
			if c.class == flow.Denied && (entries[0].Failures != 2 || entries[0].RequestID != "r-2" || entries[0].Requests != 2 || entries[0].Sent.At.IsZero()) {
				t.Errorf("%+v, want a refused key to say nothing against the buckets", entries[0])
			}
			if p.report.Run.Requests != api.asked {
				t.Errorf("%d requests are counted of %d", p.report.Run.Requests, api.asked)
			}
		})
	}
}
