package load

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// noteTimeout bounds Note: a pass must not wait long for it.
const noteTimeout = 10 * time.Second

// runColumns leaves out beat_at: the server fills it in by its own clock.
const runColumns = "run_id, command, program, state, started_at, finished_at, exit_code, reason, " +
	"windows, accepted, failed, unavailable, requests, throttled, retries, rows, reported, revised, retracted, written_at"

// Record writes the state of a run as of now; the newest state counts. It waits while the warehouse is away, as any
// insert does. run.ID must be a UUID. Other errors are a *flow.Error of class Warehouse, or the context's.
func (l *Loader) Record(ctx context.Context, run flow.Run, now time.Time) error {
	row, err := runRow(run, now)
	if err != nil {
		return err
	}
	return l.db.Insert(ctx, row)
}

// Note is Record with one try of at most ten seconds.
func (l *Loader) Note(ctx context.Context, run flow.Run, now time.Time) error {
	row, err := runRow(run, now)
	if err != nil {
		return err
	}
	return l.db.InsertOnce(ctx, noteTimeout, row)
}

func runRow(run flow.Run, now time.Time) (row warehouse.Rows, err error) {
	id, err := uuid.Parse(run.ID)
	if err != nil {
		return row, fmt.Errorf("the run's id: %w", err)
	}
	var finished *time.Time
	if !run.Finished.IsZero() {
		finished = &run.Finished
	}
	columns := []any{
		[]uuid.UUID{id}, []string{run.Command}, []string{run.Program}, []string{string(run.State)},
		[]time.Time{run.Started}, []*time.Time{finished}, []uint8{uint8(run.ExitCode)}, []string{run.Reason},
	}
	for _, n := range []int{
		run.Windows, run.Accepted, run.Failed, run.Unavailable, run.Requests, run.Throttled, run.Retries,
		run.Rows, run.Reported, run.Revised, run.Retracted,
	} {
		columns = append(columns, []uint64{uint64(n)})
	}
	columns = append(columns, []time.Time{now})
	return warehouse.Rows{Table: "run_states", Columns: runColumns, Values: columns, Comment: comment(run.ID)}, nil
}

// comment marks the statements of a run in the server's query log.
func comment(runID string) string { return "mnaflow run " + runID }
