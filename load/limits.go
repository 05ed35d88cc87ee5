package load

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// Limits returns what was last learned of the longest window that the API answers for an account and granularity; zero
// for nothing. An error is a *flow.Error of class Warehouse, or the context's.
func (l *Loader) Limits(ctx context.Context, account string, g flow.Granularity) (flow.Limits, error) {
	values := warehouse.Values{"account": account, "granularity": string(g)}
	found, err := read(ctx, l, "reading the API's limits", "limits", nil, values,
		func(scan func(...any) error) (limits flow.Limits, err error) {
			var answered, refused uint32
			err = scan(&answered, &refused, &limits.Learned)
			limits.Answered, limits.Refused = int(answered), int(refused)
			return limits, err
		})
	if err != nil || len(found) == 0 {
		return flow.Limits{}, err
	}
	return found[0], nil
}

// KeepLimits writes what a run has learned. runID is a UUID.
func (l *Loader) KeepLimits(
	ctx context.Context, runID, account string, g flow.Granularity, limits flow.Limits, now time.Time,
) error {
	id, err := uuid.Parse(runID)
	if err != nil {
		return fmt.Errorf("the run's id: %w", err)
	}
	return l.db.Insert(ctx, warehouse.Rows{
		Table:   "limits",
		Columns: "account, granularity, longest_answered, shortest_refused, run_id, learned_at, written_at",
		Values: []any{
			[]string{account}, []string{string(g)}, []uint32{uint32(limits.Answered)}, []uint32{uint32(limits.Refused)},
			[]uuid.UUID{id}, []time.Time{limits.Learned}, []time.Time{now},
		},
		Comment: comment(runID),
	})
}
