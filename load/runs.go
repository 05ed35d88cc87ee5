package load

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Record writes the state of a run; the newest row counts.
func (w *Warehouse) Record(ctx context.Context, run flow.Run, now time.Time) error {
	id, err := uuid.Parse(run.ID)
	if err != nil {
		return fmt.Errorf("the run's id: %w", err)
	}
	var finished *time.Time
	if !run.Finished.IsZero() {
		finished = &run.Finished
	}
	columns := []any{
		[]uuid.UUID{id}, []string{run.Command}, []string{run.Program}, []string{run.State}, []time.Time{run.Started}, []*time.Time{finished},
		[]uint8{uint8(run.ExitCode)}, []string{run.Reason},
	}
	for _, n := range []int{
		run.Windows, run.Accepted, run.Failed, run.Unavailable, run.Requests, run.Throttled, run.Retries, run.Rows, run.Reported, run.Revised, run.Retracted,
	} {
		columns = append(columns, []uint64{uint64(n)})
	}
	return w.insert(ctx, run.ID, "run_states", "run_id, command, program, state, started_at, finished_at, exit_code, reason, "+
		"windows, accepted, failed, unavailable, requests, refused, retries, rows, reported, revised, retracted, written_at",
		append(columns, []time.Time{now}))
}
