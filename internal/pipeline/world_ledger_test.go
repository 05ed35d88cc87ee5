package pipeline

import (
	"context"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

func (*world) Configure(context.Context, []flow.Setting, time.Time) error { return nil }
func (w *world) Clock(context.Context) (uint64, error)                    { return uint64(w.clock().UnixMicro()), nil }
func (*world) Record(context.Context, flow.Run, time.Time) error          { return nil }
func (*world) Note(context.Context, flow.Run, time.Time) error            { return nil }

func (w *world) Limits(context.Context, string, flow.Granularity) (flow.Limits, error) {
	return w.limits, nil
}

func (w *world) KeepLimits(_ context.Context, _, _ string, _ flow.Granularity, l flow.Limits, _ time.Time) error {
	w.limits = l
	w.keeps++
	return nil
}

func (w *world) Store(
	_ context.Context, _ string, attempts []flow.Attempt, accept func(*flow.Attempt, []flow.Held),
) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range attempts {
		if a.State == flow.Accepted {
			accept(&a, nil)
		}
		a.Transformed.Facts = nil // the ledger has none
		w.ledger[a.Series] = append(w.ledger[a.Series], a)
	}
	return nil
}

func (w *world) LedgerSpans(
	_ context.Context, _ string, _ flow.Calendar, within flow.Window, _ time.Duration,
	yield func(flow.Series, []flow.LedgerSpan) error,
) error {
	for s, attempts := range w.ledger {
		var known []flow.LedgerSpan
		for _, a := range attempts {
			if a.Window.Intersect(within).Empty() {
				continue
			}
			k := flow.LedgerSpan{Window: a.Window, State: a.State, Class: a.Class, Failures: a.Failures, Sent: a.Sent}
			if a.State == flow.Accepted {
				k.Reach = a.Sent.At.Sub(a.Window.Begin)
			}
			known = append(known, k)
		}
		if len(known) > 0 {
			if err := yield(s, known); err != nil {
				return err
			}
		}
	}
	return nil
}
