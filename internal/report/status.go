package report

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/mnaflow/mnaflow/internal/audit"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/terminal"
)

// Status says whether the data are complete and fresh.
type Status struct {
	Problems []string   `json:"problems"` // gaps, failures and late data, in words; none: all is well
	Hints    []string   `json:"hints"`    // see hints
	Coverage []Coverage `json:"coverage"`
	Gaps     []Gap      `json:"gaps"` // failed ones first, then by time
	Runs     []flow.Run `json:"runs"` // the last five, the newest first
	Lateness []Lateness `json:"lateness"`

	gaps string // the view of every gap, database.view
}

// The number of rows that Print shows; the views flow_gaps and runs have all.
const (
	shownGaps = 10
	shownRuns = 5
)

// Status reads the state of the data and compares it with the configuration: promise says by when data should be there,
// wanted which series. Late or missing data are problems, not errors; errors come from the warehouse.
func (r *Reader) Status(
	ctx context.Context, promise Promise, wanted []flow.Setting, now time.Time,
) (s Status, err error) {
	if err := r.db.Check(ctx); err != nil {
		return s, err
	}
	s.gaps = r.db.Qualified("flow_gaps")
	choice := flow.DimensionsOf(wanted)
	if s.Coverage, err = r.coverage(ctx, choice); err != nil {
		return s, err
	}
	if s.Gaps, err = r.Gaps(ctx, choice); err != nil {
		return s, err
	}
	if s.Runs, err = r.Runs(ctx, shownRuns); err != nil {
		return s, err
	}
	if s.Lateness, err = r.Lateness(ctx); err != nil {
		return s, err
	}
	loaded, err := audit.Loaded(ctx, r.db)
	if err != nil {
		return s, err
	}
	s.Problems, s.Hints = []string{}, []string{}
	if len(loaded) == 0 {
		s.Problems = append(s.Problems, "nothing has been loaded yet: mnaflow run")
	}
	if len(loaded) > 0 {
		for _, d := range flow.Unloaded(wanted, loaded) {
			s.Problems = append(s.Problems, d.Words)
		}
	}
	for _, c := range s.Coverage {
		s.Problems = append(s.Problems, promise.problems(c, s.Gaps, now)...)
		s.Hints = append(s.Hints, hints(c)...)
	}
	return s, nil
}

// Complete makes typed complete the commands that the status advises.
func (s *Status) Complete(typed func(text string) string) {
	for _, list := range [][]string{s.Problems, s.Hints} {
		for i := range list {
			list[i] = typed(list[i])
		}
	}
}

// emptyHead is how much time without a value after the configured start is worth a hint.
const emptyHead = 7 * 24 * time.Hour

// hints returns remarks that need no action as a rule. The only one so far is about covered buckets without a value at
// the start: the traffic may have started later, or the API may answer with no points instead of an error for times
// that it no longer keeps.
func hints(v Coverage) []string {
	if v.FirstReported == nil || v.Covered == 0 || v.Unavailable > 0 ||
		v.FirstReported.Sub(v.ExpectedFrom) < emptyHead {
		return nil
	}
	return []string{fmt.Sprintf("%s %s: no value before %s, though requests go back to %s; the API may answer "+
		"nothing for what it no longer keeps: compare with the console, and move extract.start if so",
		v.Account, v.Granularity, v.FirstReported.Format(time.DateOnly), v.ExpectedFrom.Format(time.DateOnly))}
}

// Print shows the status within 80 columns.
func (s Status) Print(out io.Writer, now time.Time) {
	t := terminal.NewTable(out,
		"account", "granularity", "fresh to (UTC)", "age", "covered", "gap", "failed", "unavail.")
	t.Style().Box.PaddingLeft = "" // or a long name and old data would not fit
	t.SetColumnConfigs(append(terminal.Numbers(4, 5, 6, 7, 8), table.ColumnConfig{Number: 1, WidthMax: 12}))
	for _, v := range s.Coverage {
		t.AppendRow(table.Row{
			v.Account, v.Granularity, v.FreshTo.UTC().Format("2006-01-02 15:04"), age(now.Sub(v.FreshTo)),
			percent(v.Percent()), v.Gap, v.Failed, v.Unavailable,
		})
	}
	if len(s.Coverage) > 0 {
		t.Render()
	}
	if len(s.Gaps) > 0 {
		fmt.Fprintln(out, "\nnot covered (UTC):")
	}
	for _, g := range s.Gaps[:min(len(s.Gaps), shownGaps)] {
		fmt.Fprintf(out, "  %s\n", g.title())
		terminal.Paragraph(out, "    ", g.Reason)
	}
	if more := len(s.Gaps) - shownGaps; more > 0 {
		fmt.Fprintf(out, "  and %d more: SELECT * FROM %s\n", more, s.gaps)
	}
	if len(s.Coverage) > 0 {
		fmt.Fprintln(out)
	}
	t = terminal.NewTable(out,
		"run (UTC)", "state", "requests", "throttled", "rows", "revised", "retr.", "failed", "sec.")
	t.SetColumnConfigs(terminal.Numbers(3, 4, 5, 6, 7, 8, 9))
	for _, r := range s.Runs {
		seconds := ""
		if !r.Finished.IsZero() {
			seconds = fmt.Sprintf("%.0f", r.Finished.Sub(r.Started).Seconds())
		}
		t.AppendRow(table.Row{
			r.Started.UTC().Format("01-02 15:04"), r.State, r.Requests, r.Throttled, r.Rows, r.Revised, r.Retracted,
			r.Failed, seconds,
		})
	}
	if len(s.Runs) > 0 {
		t.Render()
		fmt.Fprintln(out)
	}
	if len(s.Lateness) > 0 {
		PrintLateness(out, s.Lateness)
		fmt.Fprintln(out)
	}
	for _, h := range s.Hints {
		terminal.Paragraph(out, "", "hint: "+h)
	}
	if len(s.Problems) == 0 {
		fmt.Fprintln(out, "All is as promised.")
		return
	}
	fmt.Fprintln(out, "Not as promised:")
	for _, p := range s.Problems {
		terminal.Paragraph(out, "  ", p)
	}
}

// title names the series of a gap and, in a second line, its time.
func (g Gap) title() string {
	which := g.Series[0].String()
	if n := len(g.Series); n > 1 {
		which = fmt.Sprintf("%s %s, %d series", g.Series[0].Account, g.Series[0].Granularity, n)
	}
	const layout = "2006-01-02 15:04"
	begin, end := g.Begin.UTC().Format(layout), g.End.UTC().Format(layout)
	when := begin + " to " + end
	if g.Ranges > 1 {
		when = fmt.Sprintf("%d ranges between %s and %s", g.Ranges, begin, end)
	}
	return which + "\n  " + when
}

// percent writes a percentage with one decimal. It rounds nothing below 100 up to 100.
func percent(p float64) string {
	if p < 100 && p > 99.9 {
		return "99.9 %"
	}
	return fmt.Sprintf("%.1f %%", p)
}

func age(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("%dd", int(d/(24*time.Hour)))
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}
