package audit

import (
	"context"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/terminal"
)

// Report is the outcome of a verification.
type Report struct {
	VerifyID string `json:"verify_id"`
	// State is failed if any result is, else pending if any is, else passed if any is, else skipped.
	State  CheckState   `json:"state"`
	Checks []CheckCount `json:"checks"`
	// The first 1000 findings of each state; the view data_checks has every result.
	Failed  []Finding `json:"failed"`
	Pending []Finding `json:"pending"`
	Skipped []Finding `json:"skipped"`

	results string                   // the view of every result, database.view
	typed   func(text string) string // see Complete
}

// The number of findings of each state.
const (
	shownFindings   = 1000 // in a Report
	printedFindings = 12   // that Print shows
)

// Run verifies each part and returns one report of all. The parts must have the same ID. A mismatch is no error: errors
// come from the warehouse, among them tables that are not at this program's version.
func (a *Auditor) Run(ctx context.Context, parts []Verification) (Report, error) {
	r := Report{
		VerifyID: parts[0].ID, State: CheckSkipped, results: a.db.Qualified("data_checks"),
		typed: func(text string) string { return text },
	}
	if err := a.db.Check(ctx); err != nil {
		return r, err
	}
	for i, v := range parts {
		v.part = i
		if err := a.verify(ctx, v); err != nil {
			return r, err
		}
	}
	var err error
	if r.Checks, err = a.checkCounts(ctx, r.VerifyID); err != nil {
		return r, err
	}
	var settings []flow.Setting
	for _, v := range parts {
		settings = append(settings, v.Wanted...)
	}
	wanted := flow.DimensionsOf(settings)
	for state, list := range map[CheckState]*[]Finding{
		CheckFailed: &r.Failed, CheckPending: &r.Pending, CheckSkipped: &r.Skipped,
	} {
		if *list, err = a.findings(ctx, r.VerifyID, wanted, state, shownFindings); err != nil {
			return r, err
		}
	}
	for _, state := range []CheckState{CheckPassed, CheckPending, CheckFailed} {
		if slices.ContainsFunc(r.Checks, func(c CheckCount) bool { return c.State == state }) {
			r.State = state
		}
	}
	return r, nil
}

// Complete makes typed complete the commands that the report advises, in its JSON and in Print. It is called once.
func (r *Report) Complete(typed func(text string) string) {
	r.typed = typed
	for _, list := range [][]Finding{r.Failed, r.Pending, r.Skipped} {
		for i := range list {
			list[i].Detail = typed(list[i].Detail)
		}
	}
}

// Print shows the number of results by check and state, and the findings, within 80 columns.
func (r Report) Print(out io.Writer) {
	t := terminal.NewTable(out, "check", "passed", "failed", "pending", "skipped", "compared")
	t.SetColumnConfigs(terminal.Numbers(2, 3, 4, 5, 6))
	for _, name := range Checks() {
		counts := map[CheckState]uint64{}
		var compared uint64
		for _, c := range r.Checks {
			if c.Check == name {
				counts[c.State] = c.Results
				compared += c.Buckets
			}
		}
		t.AppendRow(table.Row{
			name, counts[CheckPassed], counts[CheckFailed], counts[CheckPending], counts[CheckSkipped], compared,
		})
	}
	t.Render()
	for _, part := range []struct {
		title string
		list  []Finding
	}{{"failed:", r.Failed}, {"pending:", r.Pending}, {"skipped:", r.Skipped}} {
		groups := alike(part.list)
		if len(groups) > 0 {
			fmt.Fprintf(out, "\n%s\n", part.title)
		}
		for _, g := range groups[:min(len(groups), printedFindings)] {
			printFindings(out, g, r.typed(advised(g)))
		}
		if more := len(groups) - printedFindings; more > 0 {
			fmt.Fprintf(out, "  and %d more kinds, in %s\n", more, r.results)
		}
	}
	fmt.Fprintln(out)
}

// PrintResult shows the state of the whole verification and the query that returns every result.
func (r Report) PrintResult(out io.Writer) {
	fmt.Fprintf(out, "\n%s; every result:\nSELECT * FROM %s\nWHERE verify_id = '%s'\n", r.State, r.results, r.VerifyID)
}

// alike groups findings that differ in region, gateway and traffic type only, in their order.
func alike(list []Finding) [][]Finding {
	var out [][]Finding
	at := map[[5]string]int{}
	for _, f := range list {
		key := [5]string{f.Check, f.Account, string(f.Granularity), f.Compared, f.kind}
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key], out = i, append(out, nil)
		}
		out[i] = append(out[i], f)
	}
	return out
}

// printFindings shows a group of alike findings by its first, with its range and figures, and the detail of all.
func printFindings(out io.Writer, list []Finding, detail string) {
	f := list[0]
	title := f.Check
	if series := seriesWords(f); series != "" {
		title += ": " + series
	}
	if n := len(list); n > 1 {
		title += fmt.Sprintf(" and %d more series", n-1)
	}
	fmt.Fprintf(out, "  %s\n", title)
	line := f.Compared
	if f.Left != nil && f.Right != nil {
		line += fmt.Sprintf(": %d and %d, difference %d", f.Left, f.Right, new(big.Int).Sub(f.Left, f.Right))
		if f.FirstBegin.Year() > 1970 { // else it is about no time
			line += ", from " + terminal.Minute(f.FirstBegin)
		}
	}
	if f.Buckets > 1 {
		line += fmt.Sprintf("; %d such to %s", f.Buckets, terminal.Minute(f.End))
	}
	terminal.Paragraph(out, "    ", line)
	if detail != "" {
		terminal.Paragraph(out, "    ", detail)
	}
}

// seriesWords returns the series of a finding in words. Dimensions that do not apply are left out: "main hourly MC".
func seriesWords(f Finding) string {
	var out []string
	for _, name := range []string{
		f.Account, string(f.Granularity), string(f.Region), string(f.Gateway), string(f.Traffic),
	} {
		if name != "" {
			out = append(out, name)
		}
	}
	return strings.Join(out, " ")
}
