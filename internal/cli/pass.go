package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/exit"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/pipeline"
	"github.com/mnaflow/mnaflow/internal/terminal"
)

// load runs one pass and prints what it did. The error, if any, has been told.
func (o *options) load(ctx context.Context, c *config.Config, order pipeline.Order, out output) error {
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
	r := passed{o.newRunner(c, db, clients).Run(ctx, order)}
	progress.Close(ctx)
	if tty == nil { // on a terminal the summary says it
		r.log(o)
	}
	if out == "json" {
		if err := r.printJSON(o.Stdout); err != nil {
			return err
		}
	} else {
		r.print(o.Stdout)
	}
	r.tell(o)
	if r.Run.ExitCode != exit.Done {
		return reported{r.Run.ExitCode}
	}
	return nil
}

// passed is a pass that has ended.
type passed struct{ pipeline.Report }

// left is how many windows were due and have neither been answered nor failed: an interrupt or an error came first.
func (r passed) left() int {
	return max(0, r.Run.Windows-r.Run.Accepted-r.Run.Failed-r.Run.Unavailable)
}

// seconds are those that the pass took, to the millisecond.
func (r passed) seconds() float64 {
	return math.Round(r.Run.Finished.Sub(r.Run.Started).Seconds()*1000) / 1000
}

// log is the one line that a pass leaves in the log.
func (r passed) log(o *options) {
	run := r.Run
	o.log.Info("pass", "run_id", run.ID, "command", run.Command, "state", run.State, "windows", run.Windows, "left", r.left(),
		"requests", run.Requests, "throttled", run.Throttled, "rows", run.Rows, "revised", run.Revised, "retracted", run.Retracted,
		"failed", run.Failed, "unavailable", run.Unavailable, "seconds", r.seconds())
}

// print shows what the pass did, within 80 columns.
func (r passed) print(out io.Writer) {
	run := r.Run
	fmt.Fprintf(out, "run %s: %s in %.1f s\n", run.ID, run.State, r.seconds())
	if run.Windows == 0 && run.Requests == 0 {
		if run.ExitCode == exit.Done {
			fmt.Fprintln(out, "  nothing was due, no request was sent")
		}
		return
	}
	fmt.Fprintf(out, "  %s: %d accepted, %d failed, %d unavailable\n",
		counted(run.Windows, "window"), run.Accepted, run.Failed, run.Unavailable)
	fmt.Fprintf(out, "  %s, %d throttled; %s, %d revised, %d retracted\n",
		counted(run.Requests, "request"), run.Throttled, counted(run.Rows, "row"), run.Revised, run.Retracted)
	if n := r.left(); n > 0 {
		fmt.Fprintf(out, "  %s left for the next run\n", counted(n, "window"))
	}
}

// counted is a number of things: 1 window, 2 windows.
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// printJSON prints one object on one line.
func (r passed) printJSON(out io.Writer) error {
	texts := []string{}
	for _, err := range r.Errors {
		texts = append(texts, err.Error())
	}
	return json.NewEncoder(out).Encode(struct {
		flow.Run
		Left    int              `json:"left_windows"`
		Seconds float64          `json:"seconds"`
		Errors  []string         `json:"errors"` // that ended an account's pass, or the run
		Causes  []pipeline.Cause `json:"causes"` // of windows that failed
	}{r.Run, r.left(), r.seconds(), texts, r.Causes})
}

// tell says what went wrong: each error, each cause once, and the interrupt.
func (r passed) tell(o *options) {
	for _, err := range r.Errors {
		o.complain(err.Error())
	}
	told := 0
	for _, c := range r.Causes {
		told += c.Windows
		if c.Class != flow.Denied { // it stopped its account, and its error is among the others
			o.complain(c.String())
		}
	}
	if more := r.Run.Failed - told; more > 0 {
		o.complain(fmt.Sprintf("%s failed for further causes: SELECT * FROM extractions WHERE run_id = '%s' AND state = 'failed'",
			counted(more, "window"), r.Run.ID))
	}
	if r.Run.ExitCode == exit.Interrupted {
		o.complain("interrupted; all finished windows are stored, the next run goes on from here")
	}
}
