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

// load runs one pass, prints its result and its errors, and returns alreadyPrinted unless it is done. Errors from
// before the pass are returned without having been printed.
func (o *options) load(ctx context.Context, c *config.Config, order pipeline.Order, out output) error {
	limits := map[string]float64{}
	for _, a := range c.Accounts {
		limits[a.Name] = a.RequestsPerSecond
	}
	progress := terminal.NewProgress(o.log, o.Now, limits)
	o = o.withTrace(progress.Trace())
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
	r := endedPass{o.newRunner(c, db, clients).Run(ctx, order)}
	progress.Close(ctx)
	if tty == nil { // on a terminal the summary has the same figures
		r.log(o)
	}
	if out == "json" {
		if err := r.printJSON(o.Stdout, o.typed); err != nil {
			return err
		}
	} else {
		r.print(o.Stdout)
	}
	r.printErrors(o, db.Qualified("extractions"))
	if r.Run.ExitCode != exit.Done {
		return alreadyPrinted{r.Run.ExitCode}
	}
	return nil
}

// endedPass is the report of a pass, with what the commands print of it.
type endedPass struct{ pipeline.Report }

// left returns the number of due windows that have no result, because an interrupt or an error ended the pass.
func (r endedPass) left() int {
	return max(0, r.Run.Windows-r.Run.Accepted-r.Run.Failed-r.Run.Unavailable)
}

// seconds returns how long the pass took, rounded to the millisecond.
func (r endedPass) seconds() float64 {
	return math.Round(r.Run.Finished.Sub(r.Run.Started).Seconds()*1000) / 1000
}

// log writes the log line of a pass.
func (r endedPass) log(o *options) {
	run := r.Run
	o.log.Info("pass", "run_id", run.ID, "command", run.Command, "state", run.State, "windows", run.Windows,
		"left", r.left(), "requests", run.Requests, "throttled", run.Throttled, "rows", run.Rows,
		"revised", run.Revised, "retracted", run.Retracted, "failed", run.Failed, "unavailable", run.Unavailable,
		"seconds", r.seconds())
}

// print prints the summary of a pass, within 80 columns.
func (r endedPass) print(out io.Writer) {
	run := r.Run
	fmt.Fprintf(out, "run %s: %s in %.1f s\n", run.ID, run.State, r.seconds())
	if run.Windows == 0 && run.Requests == 0 {
		if run.ExitCode == exit.Done {
			fmt.Fprintln(out, "  nothing was due, no request was sent")
		}
		return
	}
	fmt.Fprintf(out, "  %s: %d accepted, %d failed, %d unavailable\n",
		terminal.Count(run.Windows, "window"), run.Accepted, run.Failed, run.Unavailable)
	fmt.Fprintf(out, "  %s, %d throttled; %s, %d revised, %d retracted\n",
		terminal.Count(run.Requests, "request"), run.Throttled,
		terminal.Count(run.Rows, "row"), run.Revised, run.Retracted)
	if n := r.left(); n > 0 {
		fmt.Fprintf(out, "  %s left for the next run\n", terminal.Count(n, "window"))
	}
}

// printJSON prints the report of a pass as one object on one line. typed completes advice.
func (r endedPass) printJSON(out io.Writer, typed func(string) string) error {
	texts := []string{}
	for _, err := range r.Errors {
		texts = append(texts, typed(err.Error()))
	}
	causes := append([]pipeline.Cause{}, r.Causes...) // [] rather than null
	return json.NewEncoder(out).Encode(struct {
		flow.Run
		Left    int              `json:"left_windows"`
		Seconds float64          `json:"seconds"`
		Errors  []string         `json:"errors"` // each ended the pass of an account, or the run
		Causes  []pipeline.Cause `json:"causes"` // of the failed windows
	}{r.Run, r.left(), r.seconds(), texts, causes})
}

// printErrors prints each error, each cause of failed windows once, and whether the pass was interrupted. extractions
// is the view of all windows.
func (r endedPass) printErrors(o *options, extractions string) {
	for _, err := range r.Errors {
		o.printError(o.typed(err.Error()))
	}
	explained := 0
	for _, c := range r.Causes {
		explained += c.Windows
		if c.Class != flow.Denied { // a denied request ends its account, so Errors has it
			o.printError(o.typed(c.String()))
		}
	}
	if more := r.Run.Failed - explained; more > 0 {
		o.printError(fmt.Sprintf("%s failed for further causes: "+
			"SELECT * FROM %s WHERE run_id = '%s' AND state = 'failed'",
			terminal.Count(more, "window"), extractions, r.Run.ID))
	}
	if r.Run.ExitCode == exit.Interrupted {
		o.printError("interrupted; all finished windows are stored, the next run continues from here")
	}
}
