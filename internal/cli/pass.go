package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/exit"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/pipeline"
	"github.com/mnaflow/mnaflow/internal/terminal"
)

// load runs one pass and prints what it did. The error, if any, has been told.
func (o *options) load(ctx context.Context, c *config.Config, order pipeline.Order) error {
	limits := map[string]float64{}
	for _, a := range c.Accounts {
		limits[a.Name] = a.RequestsPerSecond
	}
	progress := terminal.NewProgress(o.log, o.Now, limits)
	o = o.watchedBy(progress.Trace())
	clients, err := o.newClients(c)
	if err != nil {
		return err
	}
	db, err := o.openWarehouse(c)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Await(ctx); err != nil {
		return err
	}
	o.warnOfViews(ctx, db)
	order.RunID = uuid.NewString()
	tty := o.tty()
	if tty != nil {
		progress.Show(tty)
	}
	result := passResult{o.newRunner(c, db, clients).Run(ctx, order)}
	progress.Close(ctx)
	if tty == nil { // on a terminal the table says it
		result.log(o)
	}
	printReport(o.Stdout, result)
	return result.exit(o)
}

type passResult struct{ pipeline.Report }

// log is the one line that a pass leaves in the log.
func (r passResult) log(o *options) {
	run := r.Run
	o.log.Info("pass", "run_id", run.ID, "command", run.Command, "state", run.State, "windows", run.Windows, "requests", run.Requests,
		"refused", run.Throttled, "rows", run.Rows, "revised", run.Revised, "retracted", run.Retracted, "failed", run.Failed,
		"unavailable", run.Unavailable, "seconds", run.Finished.Sub(run.Started).Round(time.Millisecond).Seconds())
}

// exit tells what went wrong and returns the code for it.
func (r passResult) exit(o *options) error {
	for _, err := range r.Errors {
		fmt.Fprintf(o.Stderr, "mnaflow: %v\n", err)
	}
	for _, f := range r.Failures {
		if f.Class != flow.Denied { // it stopped its account, and has been told above
			fmt.Fprintf(o.Stderr, "mnaflow: failed: %s\n", f.Reason)
		}
	}
	if more := r.Run.Failed - len(r.Failures); more > 0 {
		fmt.Fprintf(o.Stderr, "mnaflow: and %d more windows failed; SELECT * FROM extractions WHERE run_id = '%s' AND state = 'failed' lists them\n", more, r.Run.ID)
	}
	if r.Run.ExitCode == exit.Interrupted {
		fmt.Fprintln(o.Stderr, "mnaflow: interrupted; all finished windows are stored, the next run goes on from here")
	}
	if r.Run.ExitCode != exit.Done {
		return reported{r.Run.ExitCode}
	}
	return nil
}

// printReport prints what a pass did, one line of a table and the run's id.
func printReport(out io.Writer, r passResult) {
	run := r.Run
	t := terminal.NewTable(out, "windows", "accepted", "failed", "unavailable", "requests", "refused", "rows", "revised", "retracted", "seconds")
	t.SetColumnConfigs(terminal.Numbers(1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
	t.AppendRow(table.Row{
		run.Windows, run.Accepted, run.Failed, run.Unavailable, run.Requests, run.Throttled, run.Rows, run.Revised, run.Retracted,
		fmt.Sprintf("%.1f", run.Finished.Sub(run.Started).Seconds()),
	})
	t.Render()
	fmt.Fprintf(out, "run %s: %s\n", run.ID, run.State)
}
