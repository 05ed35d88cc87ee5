package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/exit"
	"github.com/mnaflow/mnaflow/internal/report"
	"github.com/mnaflow/mnaflow/internal/schedule"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

func newStatus(o *options) *cobra.Command {
	var out output
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show whether data are complete and fresh; exit 3 if not",
		Long: `Show freshness, coverage, gaps and failures of each account and granularity, the last runs, and how late
restatements come: whether extract.finality is long enough, and what to set. It sends no request to the API.

Exit codes: 0 all is as promised; 2 usage or configuration; 3 a gap, a failure, or data older than the schedule
promises; 5 the warehouse is unreachable or refuses.`,
		Example: "  mnaflow status\n  mnaflow status --output json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			return o.withWarehouse(func(c *config.Config, db *warehouse.DB) error {
				s, err := report.New(db).Status(cmd.Context(), promise(c), wanted(c, series(c)), o.Now())
				if err != nil {
					return err
				}
				s.Complete(o.typed)
				if out == "json" {
					err = printJSON(o.Stdout, s)
				} else {
					s.Print(o.Stdout, o.Now())
				}
				if err == nil && len(s.Problems) > 0 {
					return alreadyPrinted{exit.Partial}
				}
				return err
			})
		},
	}
	out.flag(cmd)
	return cmd
}

// promise returns when data should be in the warehouse, from the configured schedule and settle times.
func promise(c *config.Config) report.Promise {
	p := report.Promise{
		Next:   func(time.Time) time.Time { return time.Time{} },
		Settle: settings(c).Settle,
		Zones:  map[string]*time.Location{},
	}
	if ticks, err := schedule.Parse(entries(c)); err == nil { // config.Load has checked the entries
		p.Next = ticks.Next
	}
	for _, a := range c.Accounts {
		p.Zones[a.Name] = a.TimeZone
	}
	return p
}
