package report

import (
	"context"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// Runs returns the last runs, the newest first.
func (r *Reader) Runs(ctx context.Context, limit int) ([]flow.Run, error) {
	values := warehouse.Values{"limit": limit}
	return read(ctx, r, "reading the runs", "runs", values, func(scan func(...any) error) (run flow.Run, err error) {
		var code uint8
		var finished *time.Time
		var n [11]uint64
		err = scan(&run.ID, &run.Command, &run.Program, (*string)(&run.State), &run.Reason, &code, &run.Started, &finished,
			&n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7], &n[8], &n[9], &n[10])
		run.ExitCode = int(code)
		if finished != nil {
			run.Finished = *finished
		}
		for i, to := range []*int{
			&run.Windows, &run.Accepted, &run.Failed, &run.Unavailable, &run.Requests, &run.Throttled, &run.Retries,
			&run.Rows, &run.Reported, &run.Revised, &run.Retracted,
		} {
			*to = int(n[i])
		}
		return run, err
	})
}
