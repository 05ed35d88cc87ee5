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
	const query = "SELECT longest_answered, shortest_refused, learned_at FROM limits FINAL WHERE account = ? AND granularity = ?"
	const doing = "reading the API's limits"
	found, err := await(ctx, w, doing, query, func(scan func(...any) error) (l flow.Limits, err error) {
		var answered, refused uint32
		err = scan(&answered, &refused, &l.Learned)
		l.Answered, l.Refused = int(answered), int(refused)
		return l, err
	}, account, string(g))
	if err != nil || len(found) == 0 {
		return flow.Limits{}, err
	}
	return found[0], nil
}

// KeepLimits writes what a run has learned.
func (w *Warehouse) KeepLimits(ctx context.Context, runID, account string, g flow.Granularity, l flow.Limits, now time.Time) error {
	id, err := uuid.Parse(runID)
	if err != nil {
		return fmt.Errorf("the run's id: %w", err)
	}
	return w.insert(ctx, runID, "limits", "account, granularity, longest_answered, shortest_refused, run_id, learned_at, written_at", []any{
		[]string{account}, []string{string(g)}, []uint32{uint32(l.Answered)}, []uint32{uint32(l.Refused)}, []uuid.UUID{id},
		[]time.Time{l.Learned}, []time.Time{now},
	})
}
