package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/mnaflow/mnaflow/internal/terminal"
)

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

// duration is a length of time as tables show it.
func duration(d time.Duration) string { return d.Round(time.Millisecond).String() }
