package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/pipeline"
	"github.com/mnaflow/mnaflow/internal/schedule"
	"github.com/mnaflow/mnaflow/load"
)

func newStatus(o *options) *cobra.Command {
	var out output
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show whether everything is there and fresh; exit 3 when it is not",
		Long: `Show freshness, coverage, gaps and failures of each account and granularity, the last runs, and how late
restatements come: whether extract.finality is long enough, and what to set. Nothing is asked of the API.

Exit codes: 0 all is as promised; 2 usage or configuration; 3 a gap, a failure, or data older than the schedule promises;
5 the warehouse is unreachable or refuses.`,
		Example: "  mnaflow status\n  mnaflow status --output json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			return o.withWarehouse(func(c *config.Config, w *load.Warehouse) error {
				s, err := readStatus(cmd.Context(), w, c, o.now())
				if err != nil {
					return err
				}
				if out == "json" {
					err = printJSON(o.stdout, s)
				} else {
					s.print(o.stdout, o.now())
				}
				if err == nil && len(s.Problems) > 0 {
					return reported{pipeline.ExitPartial}
				}
				return err
			})
		},
	}
	out.flag(cmd)
	return cmd
}

// status is what the command prints.
type status struct {
	Problems []string        `json:"problems"` // what is not as promised
	Hints    []string        `json:"hints"`
	Coverage []flow.Coverage `json:"coverage"`
	Gaps     []flow.Gap      `json:"gaps"` // the first, failures before the rest
	Runs     []flow.Run      `json:"runs"` // the last
	Lateness []flow.Lateness `json:"lateness"`
}

// Rows that a person reads; SQL on flow_gaps and runs has the rest.
const (
	shownGaps = 10
	shownRuns = 5
)

func readStatus(ctx context.Context, w *load.Warehouse, c *config.Config, now time.Time) (s status, err error) {
	if err := w.Check(ctx); err != nil {
		return s, err
	}
	if s.Coverage, err = w.Coverage(ctx); err != nil {
		return s, err
	}
	if s.Gaps, err = w.Gaps(ctx, shownGaps); err != nil {
		return s, err
	}
	if s.Runs, err = w.Runs(ctx, shownRuns); err != nil {
		return s, err
	}
	if s.Lateness, err = w.Lateness(ctx); err != nil {
		return s, err
	}
	s.Problems, s.Hints = []string{}, []string{}
	if len(s.Coverage) == 0 {
		s.Problems = append(s.Problems, "nothing has been loaded yet: run mnaflow backfill or mnaflow schedule")
	}
	for _, v := range s.Coverage {
		s.Problems = append(s.Problems, problems(c, v, now)...)
		s.Hints = append(s.Hints, hints(v)...)
	}
	return s, nil
}

// problems are what is not as promised of one account and granularity.
func problems(c *config.Config, v flow.Coverage, now time.Time) []string {
	var out []string
	name := v.Account + " " + string(v.Granularity)
	if v.Failed > 0 {
		out = append(out, fmt.Sprintf("%s: %d buckets failed; they are asked for again, at first by the next run, later every six hours or once a day", name, v.Failed))
	}
	if inner := v.Gap - v.Tail; inner > 0 {
		out = append(out, fmt.Sprintf("%s: %d buckets are missing; the next run loads them", name, inner))
	}
	if v.Tail > 0 {
		settle := c.Extract.Settle.Of(v.Granularity)
		bucket := flow.NewCalendar(v.Granularity, zoneOf(c, v.Account)).Next(v.FreshTo)
		if late := due(c, bucket.Add(settle)); now.After(late) {
			out = append(out, fmt.Sprintf("%s: nothing newer than %s; it was due at %s: does mnaflow schedule run?",
				name, v.FreshTo.Format(time.RFC3339), late.Format(time.RFC3339)))
		}
	}
	return out
}

// allowed is how long a pass may take before its data count as late.
const allowed = 15 * time.Minute

// due is when data that settled at a moment should be there: allowed after the first tick of the schedule that follows. Without a schedule
// here, some other one calls run, at least daily.
func due(c *config.Config, settled time.Time) time.Time {
	first := settled.Add(24 * time.Hour)
	if ticks, err := schedule.Parse(entries(c)); err == nil { // the configuration has been checked
		if next := ticks.Next(settled); !next.IsZero() {
			first = next
		}
	}
	return first.Add(allowed)
}

func zoneOf(c *config.Config, account string) *time.Location {
	for _, a := range c.Accounts {
		if a.Name == account {
			return a.TimeZone
		}
	}
	return time.UTC
}

// emptyHead is how long a head without any value is remarkable.
const emptyHead = 7 * 24 * time.Hour

// hints are what an operator may want to know though nothing is wrong.
func hints(v flow.Coverage) []string {
	if v.FirstReported != nil && v.Covered > 0 && v.FirstReported.Sub(v.ExpectedFrom) >= emptyHead && v.Unavailable == 0 {
		return []string{fmt.Sprintf("%s %s: no value before %s, though %s to then was asked for; the API may answer nothing for what it no longer keeps: "+
			"compare with the console, and move extract.start if so", v.Account, v.Granularity,
			v.FirstReported.Format(time.DateOnly), v.ExpectedFrom.Format(time.DateOnly))}
	}
	return nil
}

// print shows the status within 80 columns.
func (s status) print(out io.Writer, now time.Time) {
	t := newTable(out, "account", "granularity", "fresh to (UTC)", "age", "covered", "gap", "failed", "unavail.")
	t.SetColumnConfigs(append(numbers(4, 5, 6, 7, 8), table.ColumnConfig{Number: 1, WidthMax: 12}))
	for _, v := range s.Coverage {
		t.AppendRow(table.Row{
			v.Account, v.Granularity, v.FreshTo.UTC().Format("2006-01-02 15:04"), age(now.Sub(v.FreshTo)), percent(v.Percent()), v.Gap, v.Failed, v.Unavailable,
		})
	}
	t.Render()
	if len(s.Gaps) > 0 {
		fmt.Fprintln(out, "\nnot covered (UTC):")
	}
	for _, g := range s.Gaps {
		which := g.Series[0].String()
		if n := len(g.Series); n > 1 {
			which = fmt.Sprintf("%s %s, %d series", g.Series[0].Account, g.Series[0].Granularity, n)
		}
		fmt.Fprintf(out, "  %s\n  %s to %s\n", which, g.Begin.UTC().Format("2006-01-02 15:04"), g.End.UTC().Format("2006-01-02 15:04"))
		indented(out, "    ", g.Reason)
	}
	fmt.Fprintln(out)
	t = newTable(out, "run (UTC)", "state", "requests", "refused", "rows", "revised", "retr.", "failed", "sec.")
	t.SetColumnConfigs(numbers(3, 4, 5, 6, 7, 8, 9))
	for _, r := range s.Runs {
		seconds := ""
		if !r.Finished.IsZero() {
			seconds = fmt.Sprintf("%.0f", r.Finished.Sub(r.Started).Seconds())
		}
		t.AppendRow(table.Row{r.Started.UTC().Format("01-02 15:04"), r.State, r.Requests, r.Throttled, r.Rows, r.Revised, r.Retracted, r.Failed, seconds})
	}
	t.Render()
	fmt.Fprintln(out)
	if len(s.Lateness) > 0 {
		printLateness(out, s.Lateness)
		fmt.Fprintln(out)
	}
	for _, h := range s.Hints {
		indented(out, "", "hint: "+h)
	}
	if len(s.Problems) == 0 {
		fmt.Fprintln(out, "All is as promised.")
		return
	}
	fmt.Fprintln(out, "Not as promised:")
	for _, p := range s.Problems {
		indented(out, "  ", p)
	}
}

// indented prints a text wrapped to 80 columns behind a margin.
func indented(out io.Writer, margin, words string) {
	for line := range strings.SplitSeq(text.WrapSoft(words, 80-len(margin)), "\n") {
		fmt.Fprintln(out, margin+strings.TrimRight(line, " "))
	}
}

// percent never rounds what is incomplete up to 100.
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
