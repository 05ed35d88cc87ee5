package main

import (
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// newTable is the one look of every table on a terminal.
func newTable(out io.Writer, header ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.Style().Options.DrawBorder = false
	t.Style().Options.SeparateColumns = false
	t.AppendHeader(header)
	return t
}

// numbers aligns columns (counted from 1) to the right.
func numbers(columns ...int) []table.ColumnConfig {
	var out []table.ColumnConfig
	for _, n := range columns {
		out = append(out, table.ColumnConfig{Number: n, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	return out
}

// printReport prints what a pass did, one line of a table and the run's id.
func printReport(out io.Writer, r passResult) {
	run := r.Run
	t := newTable(out, "windows", "accepted", "failed", "unavailable", "requests", "refused", "rows", "revised", "retracted", "seconds")
	t.SetColumnConfigs(numbers(1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
	t.AppendRow(table.Row{
		run.Windows, run.Accepted, run.Failed, run.Unavailable, run.Requests, run.Throttled, run.Rows, run.Revised, run.Retracted,
		fmt.Sprintf("%.1f", run.Finished.Sub(run.Started).Seconds()),
	})
	t.Render()
	fmt.Fprintf(out, "run %s: %s\n", run.ID, run.State)
}

// duration is a length of time as tables show it.
func duration(d time.Duration) string { return d.Round(time.Millisecond).String() }
