package load

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Limits returns what was learned last of the API's limits for an account and granularity; zero where nothing was.
func (w *Warehouse) Limits(ctx context.Context, account string, g flow.Granularity) (flow.Limits, error) {
	const query = "SELECT span, horizon, learned_at FROM limits FINAL WHERE account = ? AND granularity = ?"
	const doing = "reading the API's limits"
	found, err := await(ctx, w, doing, query, func(scan func(...any) error) (l flow.Limits, err error) {
		var span uint32
		err = scan(&span, &l.Horizon, &l.Learned)
		l.Span = int(span)
		if l.Horizon.Unix() == 0 {
			l.Horizon = time.Time{}
		}
		return l, err
	}, account, string(g))
	if err != nil || len(found) == 0 {
		return flow.Limits{}, err
	}
	return found[0], nil
}

// KeepLimits writes what a run has learned.
func (w *Warehouse) KeepLimits(ctx context.Context, runID, account string, g flow.Granularity, l flow.Limits) error {
	id, err := uuid.Parse(runID)
	if err != nil {
		return fmt.Errorf("the run's id: %w", err)
	}
	horizon := l.Horizon
	if horizon.IsZero() {
		horizon = time.Unix(0, 0).UTC()
	}
	return w.insert(ctx, runID, "limits", "account, granularity, span, horizon, run_id, learned_at",
		[]any{[]string{account}, []string{string(g)}, []uint32{uint32(l.Span)}, []time.Time{horizon}, []uuid.UUID{id}, []time.Time{l.Learned}})
}
