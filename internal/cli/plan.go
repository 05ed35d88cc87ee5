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
	"github.com/mnaflow/mnaflow/internal/warehouse"
	"github.com/mnaflow/mnaflow/load"
)

func newPlan(o *options) *cobra.Command {
	var r rangeFlags
	var out output
	cmd := &cobra.Command{
		Use:   "plan [--from T] [--to T]",
		Short: "Show what a load would request now, and why; send nothing",
		Long: `Show what run would load now, or backfill with the same flags: windows, requests, rows and the shortest
time at the configured rate, by account and granularity, and why the windows are due. It sends no request to the API and
writes nothing to the warehouse.

  forced           --force asks for it
  failed           the last attempt failed
  gap              no answer covers it, though one covers a later time
  never requested  no answer covers it or a later time
  not final        the last answer came too early to be final

A range that the API keeps refusing counts as one window. A load requests one hour or day of it, and the rest once the
API answers. If the API refuses further windows, a load halves them, so it may send more requests than this plan shows.

Exit codes: 0 done; 2 usage or configuration; 5 the warehouse is unreachable or refuses.`,
		Example: "  mnaflow plan\n  mnaflow plan --from 2025-01-01 --output json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			return r.withWarehouse(o, func(c *config.Config, order pipeline.Order, db *warehouse.DB) error {
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
			})
		},
	}
	r.flags(cmd, o)
	out.flag(cmd)
	return cmd
}

// Planned sums up the due windows of one account and granularity.
type Planned struct {
	Account     string           `json:"account"`
	Granularity flow.Granularity `json:"granularity"`
	Windows     int              `json:"windows"`
	Requests    int              `json:"requests"`
	Rows        int              `json:"rows"`
	Seconds     float64          `json:"seconds"` // at least, at the configured rate
	Due         map[string]int   `json:"due"`     // windows by reason
	From        *time.Time       `json:"from,omitempty"`
	To          *time.Time       `json:"to,omitempty"`
}

// dueReasons are the reasons in the order in which tables show them.
var dueReasons = []pipeline.Due{
	pipeline.DueNew, pipeline.DueNotFinal, pipeline.DueFailed, pipeline.DueForced, pipeline.DueGap,
}

// summarise sums up tasks by account and granularity, in the order of the configuration.
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
		table.ColumnConfig{Number: 1, WidthMax: 12},
		table.ColumnConfig{Number: 6, WidthMax: 24, WidthMaxEnforcer: text.WrapSoft}))
	windows := 0
	for _, p := range plan {
		windows += p.Windows
		t.AppendRow(table.Row{
			p.Account, p.Granularity, p.Windows, p.Rows,
			duration(time.Duration(p.Seconds * float64(time.Second))), p.why(),
		})
	}
	t.Render()
	if windows == 0 {
		fmt.Fprintln(out, "Nothing is due: a run would send no request.")
		return
	}
	fmt.Fprintln(out, "A window is one request.")
}

// why lists the reasons with their numbers of windows: "3 never requested, 1 failed".
func (p Planned) why() string {
	var out []string
	for _, d := range dueReasons {
		if n := p.Due[string(d)]; n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, d))
		}
	}
	return strings.Join(out, ", ")
}
