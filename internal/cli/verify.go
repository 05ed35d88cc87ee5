package cli

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/audit"
	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/exit"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/pipeline"
	"github.com/mnaflow/mnaflow/internal/report"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

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
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			c, order, err := within.order(o)
			if err != nil {
				return err
			}
			db, err := o.openWarehouse(c)
			if err != nil {
				return err
			}
			defer db.Close()
			return o.verify(cmd.Context(), db, within.verifications(c, order, o.Now()), out)
		},
	}
	within.flags(cmd, o)
	cmd.Flags().Lookup("from").Usage = "start of the range: 2026-01-31, RFC 3339, -30d or -12h (default everything)"
	out.flag(cmd)
	return cmd
}

// verifications turns the flags into what is to be verified. Dates are in each account's time zone, so there is one verification for each
// different range, all with the same id.
func (r *rangeFlags) verifications(c *config.Config, order pipeline.Order, now time.Time) []audit.Verification {
	v := audit.Verification{
		ID: uuid.NewString(), At: now, Accounts: r.selected.accounts, Granularities: r.selected.granularities, Regions: r.selected.regions,
		GatewayTypes: r.selected.gatewayTypes, TrafficTypes: r.selected.trafficTypes, Promised: promise(c).Until(now),
		Wanted: wanted(c, order.Series),
	}
	names := map[flow.Window][]string{}
	for _, a := range c.Accounts {
		if calendar := flow.NewCalendar(flow.Daily, a.TimeZone); v.Accounts == nil || slices.Contains(v.Accounts, a.Name) {
			v.Window = flow.Window{Begin: order.From.In(calendar, time.Time{}), End: order.To.In(calendar, time.Time{})}
			names[v.Window] = append(names[v.Window], a.Name)
		}
	}
	if len(names) == 1 {
		return []audit.Verification{v} // accounts that the configuration does not have any more too
	}
	var out []audit.Verification
	all := v.Wanted
	for v.Window, v.Accounts = range names {
		v.Wanted = slices.DeleteFunc(slices.Clone(all), func(w flow.Setting) bool {
			return !slices.Contains(v.Accounts, w.Series.Account)
		})
		out = append(out, v)
	}
	return out
}

// verified is what the command prints.
type verified struct {
	audit.Report
	Lateness []report.Lateness `json:"lateness"` // of restatements
}

// verify verifies and prints what came of it. The error, if any, has been told.
func (o *options) verify(ctx context.Context, db *warehouse.DB, parts []audit.Verification, out output) error {
	var r verified
	var err error
	if r.Report, err = audit.New(db).Run(ctx, parts); err != nil {
		return err
	}
	if r.Lateness, err = report.New(db).Lateness(ctx); err != nil {
		return err
	}
	if out == "json" {
		err = printJSON(o.Stdout, r)
	} else {
		r.Print(o.Stdout)
		report.PrintLateness(o.Stdout, r.Lateness)
		r.PrintResult(o.Stdout)
	}
	if err == nil && r.State == audit.CheckFailed {
		return reported{exit.Mismatch}
	}
	return err
}
