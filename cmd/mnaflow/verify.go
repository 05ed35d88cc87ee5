package main

import (
	"context"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/pipeline"
	"github.com/mnaflow/mnaflow/internal/schedule"
	"github.com/mnaflow/mnaflow/load"
)

// exitMismatch is a verification that found one.
const exitMismatch = 6

func newVerify(o *options) *cobra.Command {
	var out output
	var within rangeFlags
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Reconcile what is stored; exit 6 on a mismatch",
		Long: `Hold what is stored against itself and against what the API said, inside the warehouse, and write every result into
data_checks:

  directions  uplink + downlink = total, for each bucket, region and gateway type
  regions     MC + AP + EU + AM = ALL, for each bucket, traffic type and gateway type
  days        the hours of a day = the day; finds out a wrong time zone
  answers     what is stored = the API's own total and maximum of its answer; a later restatement explains a difference
  coverage    no gap and no failure from extract.start to now less settle
  storage     facts, history and ledger agree with each other, the calendar and the clock; merges keep up
  views       each view is as this program declares it, and can be read

and how late restatements come, and whether extract.finality is long enough.

A difference in buckets that are not all final is pending: values may still move. A check that lacks a region or type,
because the configuration does not extract it, is skipped. Without --from and --to everything that is stored is
verified. Nothing is asked of the API.

Exit codes: 0 nothing disagrees; 2 usage or configuration; 5 the warehouse is unreachable or refuses; 6 a mismatch.`,
		Example: "  mnaflow verify\n  mnaflow verify --from -30d --region ALL --output json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			c, order, err := within.order(o)
			if err != nil {
				return err
			}
			w, err := o.openWarehouse(c)
			if err != nil {
				return err
			}
			defer w.Close()
			r, err := verify(cmd.Context(), w, within.verifications(c, order, o.now()))
			if err != nil {
				return err
			}
			if out == "json" {
				err = printJSON(o.stdout, r)
			} else {
				r.print(o.stdout)
			}
			if err == nil && r.State == flow.CheckFailed {
				return reported{exitMismatch}
			}
			return err
		},
	}
	within.flags(cmd, o)
	cmd.Flags().Lookup("from").Usage = "start of the range: 2026-01-31, RFC 3339, -30d or -12h (default everything)"
	out.flag(cmd)
	return cmd
}

// verifications turns the flags into what is to be verified. Dates are in each account's time zone, so there is one verification for each
// different range, all with the same id.
func (r *rangeFlags) verifications(c *config.Config, order pipeline.Order, now time.Time) []flow.Verification {
	v := flow.Verification{
		ID: uuid.NewString(), At: now, Accounts: r.selected.accounts, Granularities: r.selected.granularities, Regions: r.selected.regions,
		GatewayTypes: r.selected.gatewayTypes, TrafficTypes: r.selected.trafficTypes, Promised: promised(c, now),
	}
	names := map[flow.Window][]string{}
	for _, a := range c.Accounts {
		if calendar := flow.NewCalendar(flow.Daily, a.TimeZone); v.Accounts == nil || slices.Contains(v.Accounts, a.Name) {
			v.Window = flow.Window{Begin: order.From.In(calendar, time.Time{}), End: order.To.In(calendar, time.Time{})}
			names[v.Window] = append(names[v.Window], a.Name)
		}
	}
	if len(names) == 1 {
		return []flow.Verification{v} // accounts that the configuration does not have any more too
	}
	var out []flow.Verification
	for v.Window, v.Accounts = range names {
		out = append(out, v)
	}
	return out
}

// promised is up to when what settled should have been loaded by now: the last tick of the schedule that has had its time.
func promised(c *config.Config, now time.Time) map[flow.Granularity]time.Time {
	last := now.Add(-24 * time.Hour)                          // some other schedule calls run, at least daily
	if ticks, err := schedule.Parse(entries(c)); err == nil { // the configuration has been checked
		for t := ticks.Next(now.AddDate(0, 0, -32)); !t.IsZero() && !t.After(now.Add(-allowed)); t = ticks.Next(t) {
			last = t
		}
	}
	out := map[flow.Granularity]time.Time{}
	for _, g := range flow.Granularities() {
		out[g] = last.Add(-c.Extract.Settle.Of(g))
	}
	return out
}

// verified is what the command prints.
type verified struct {
	VerifyID string            `json:"verify_id"`
	State    flow.CheckState   `json:"state"` // failed if any check did, then pending, passed, or skipped if there was nothing to compare
	Checks   []flow.CheckCount `json:"checks"`
	Failed   []flow.Finding    `json:"failed"` // the first; data_checks has all
	Pending  []flow.Finding    `json:"pending"`
	Skipped  []flow.Finding    `json:"skipped"`
	Lateness []flow.Lateness   `json:"lateness"` // of restatements
}

// Findings of each state that scripts and people are shown.
const (
	shownFindings   = 1000
	printedFindings = 12
)

func verify(ctx context.Context, w *load.Warehouse, parts []flow.Verification) (verified, error) {
	r := verified{VerifyID: parts[0].ID, State: flow.CheckSkipped}
	if err := w.Check(ctx); err != nil {
		return r, err
	}
	for _, v := range parts {
		if err := w.Verify(ctx, v); err != nil {
			return r, err
		}
	}
	var err error
	if r.Checks, err = w.CheckCounts(ctx, r.VerifyID); err != nil {
		return r, err
	}
	if r.Lateness, err = w.Lateness(ctx); err != nil {
		return r, err
	}
	for state, list := range map[flow.CheckState]*[]flow.Finding{
		flow.CheckFailed: &r.Failed, flow.CheckPending: &r.Pending, flow.CheckSkipped: &r.Skipped,
	} {
		if *list, err = w.Findings(ctx, r.VerifyID, state, shownFindings); err != nil {
			return r, err
		}
	}
	for _, state := range []flow.CheckState{flow.CheckPassed, flow.CheckPending, flow.CheckFailed} {
		if slices.ContainsFunc(r.Checks, func(c flow.CheckCount) bool { return c.State == state }) {
			r.State = state
		}
	}
	return r, nil
}

// print shows the verification within 80 columns.
func (r verified) print(out io.Writer) {
	t := newTable(out, "check", "passed", "failed", "pending", "skipped", "compared")
	t.SetColumnConfigs(numbers(2, 3, 4, 5, 6))
	for _, name := range flow.Checks() {
		counts := map[flow.CheckState]uint64{}
		var compared uint64
		for _, c := range r.Checks {
			if c.Check == name {
				counts[c.State] = c.Results
				compared += c.Buckets
			}
		}
		t.AppendRow(table.Row{name, counts[flow.CheckPassed], counts[flow.CheckFailed], counts[flow.CheckPending], counts[flow.CheckSkipped], compared})
	}
	t.Render()
	for _, part := range []struct {
		title string
		list  []flow.Finding
	}{{"failed:", r.Failed}, {"pending:", r.Pending}, {"skipped:", r.Skipped}} {
		groups := alike(part.list)
		if len(groups) > 0 {
			fmt.Fprintf(out, "\n%s\n", part.title)
		}
		for _, g := range groups[:min(len(groups), printedFindings)] {
			printFindings(out, g)
		}
		if more := len(groups) - printedFindings; more > 0 {
			fmt.Fprintf(out, "  and %d more kinds, in data_checks\n", more)
		}
	}
	fmt.Fprintln(out)
	printLateness(out, r.Lateness)
	fmt.Fprintf(out, "\n%s; every result: SELECT * FROM data_checks\nWHERE verify_id = '%s'\n", r.State, r.VerifyID)
}

// alike puts findings together that say the same of different series, in their order.
func alike(list []flow.Finding) [][]flow.Finding {
	var out [][]flow.Finding
	at := map[[5]string]int{}
	for _, f := range list {
		key := [5]string{f.Check, f.Account, string(f.Granularity), f.Compared, f.Detail}
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key], out = i, append(out, nil)
		}
		out[i] = append(out[i], f)
	}
	return out
}

// printFindings shows which series and range findings are about, the first figures, and what follows from them.
func printFindings(out io.Writer, list []flow.Finding) {
	f := list[0]
	title := f.Check
	if series := words(f); series != "" {
		title += ": " + series
	}
	if n := len(list); n > 1 {
		title += fmt.Sprintf(" and %d more series", n-1)
	}
	fmt.Fprintf(out, "  %s\n", title)
	line := f.Compared
	if f.Left != nil && f.Right != nil {
		line += fmt.Sprintf(": %d and %d, difference %d, from %s", f.Left, f.Right, new(big.Int).Sub(f.Left, f.Right), stamp(f.FirstBegin))
	}
	if f.Buckets > 1 {
		line += fmt.Sprintf("; %d such to %s", f.Buckets, stamp(f.End))
	}
	indented(out, "    ", line)
	if f.Detail != "" {
		indented(out, "    ", f.Detail)
	}
}

// words are the names of the series that a finding is about, as far as they apply.
func words(f flow.Finding) string {
	var out []string
	for _, name := range []string{f.Account, string(f.Granularity), string(f.Region), string(f.Gateway), string(f.Traffic)} {
		if name != "" {
			out = append(out, name)
		}
	}
	return strings.Join(out, " ")
}
