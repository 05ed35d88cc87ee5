package cli

import (
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
	"github.com/mnaflow/mnaflow/internal/terminal"
	"github.com/mnaflow/mnaflow/load"
)

func newPlan(o *options) *cobra.Command {
	var r rangeFlags
	var out output
	cmd := &cobra.Command{
		Use:   "plan [--from T] [--to T]",
		Short: "Show what a load would ask for now, and why; ask nothing",
		Long: `Show what run would ask for now, or backfill with the same flags: windows, requests, rows and the shortest time that the
pace allows, of each account and granularity, and why the windows are due. Nothing is asked of the API, and nothing is
written.

Why: forced; failed: the last attempt did; gap: never answered, though something later is; never asked; not final: the last
answer was too early to be final. A range that the API keeps refusing counts as one window: one hour or day of it is asked
for, and the rest once that is answered. Where the API turns out to refuse more, a load asks for parts of a window.

Exit codes: 0 done; 2 usage or configuration; 5 the warehouse is unreachable or refuses.`,
		Example: "  mnaflow plan\n  mnaflow plan --from 2025-01-01 --output json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			c, order, err := r.order(o)
			if err != nil {
				return err
			}
			db, err := o.openWarehouse(c)
			if err != nil {
				return err
			}
			defer db.Close()
			if err := db.Check(cmd.Context()); err != nil {
				return err
			}
			tasks, err := pipeline.New(settings(c), pipeline.Dependencies{
				Warehouse: load.New(db, o.Trace, o.log), Accounts: accounts(c), Now: o.Now, Log: o.log,
			}).Plan(cmd.Context(), order)
			if err != nil {
				return err
			}
			plan := summarise(c, tasks)
			if out == "json" {
				return printJSON(o.Stdout, plan)
			}
			printPlan(o.Stdout, plan)
			return nil
		},
	}
	r.flags(cmd, o)
	out.flag(cmd)
	return cmd
}

// Planned is what would be asked of one account and granularity.
type Planned struct {
	Account     string           `json:"account"`
	Granularity flow.Granularity `json:"granularity"`
	Windows     int              `json:"windows"`
	Requests    int              `json:"requests"`
	Rows        int              `json:"rows"`
	Seconds     float64          `json:"seconds"` // at the account's pace
	Due         map[string]int   `json:"due"`     // windows, by why they are due
	From        *time.Time       `json:"from,omitempty"`
	To          *time.Time       `json:"to,omitempty"`
}

// dues are the reasons in the order in which they are shown.
var dues = []pipeline.Due{pipeline.DueNew, pipeline.DueNotFinal, pipeline.DueFailed, pipeline.DueForced, pipeline.DueGap}

func summarise(c *config.Config, tasks []pipeline.Task) []Planned {
	var out []Planned
	for _, a := range c.Accounts {
		for _, g := range c.Extract.Granularities {
			p := Planned{Account: a.Name, Granularity: g, Due: map[string]int{}}
			for _, t := range tasks {
				if t.Series.Account != a.Name || t.Series.Granularity != g {
					continue
				}
				p.Windows++
				p.Requests++
				p.Rows += t.RequestBuckets()
				p.Due[string(t.Due)]++
				if p.From == nil || t.Window.Begin.Before(*p.From) {
					p.From = &t.Window.Begin
				}
				if p.To == nil || t.Window.End.After(*p.To) {
					p.To = &t.Window.End
				}
			}
			p.Seconds = float64(p.Requests) / a.RequestsPerSecond
			out = append(out, p)
		}
	}
	return out
}

func printPlan(out io.Writer, plan []Planned) {
	t := terminal.NewTable(out, "account", "granularity", "windows", "rows", "at least", "why they are due")
	t.SetColumnConfigs(append(terminal.Numbers(3, 4, 5),
		table.ColumnConfig{Number: 1, WidthMax: 12}, table.ColumnConfig{Number: 6, WidthMax: 24, WidthMaxEnforcer: text.WrapSoft}))
	windows := 0
	for _, p := range plan {
		windows += p.Windows
		t.AppendRow(table.Row{p.Account, p.Granularity, p.Windows, p.Rows, duration(time.Duration(p.Seconds * float64(time.Second))), p.why()})
	}
	t.Render()
	if windows == 0 {
		fmt.Fprintln(out, "Nothing is due: a run would send no request.")
		return
	}
	fmt.Fprintln(out, "A window is one request.")
}

// why says how many windows are due for each reason.
func (p Planned) why() string {
	var out []string
	for _, d := range dues {
		if n := p.Due[string(d)]; n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, d))
		}
	}
	return strings.Join(out, ", ")
}
