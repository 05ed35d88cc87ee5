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
		Long: `Compare the stored data with each other and with the API's own totals, inside the warehouse, and store
every result in data_checks:

  directions  uplink + downlink = total, for each bucket, region and gateway type
  regions     MC + AP + EU + AM = ALL, for each bucket, traffic type and gateway type
  days        the hours of a day = the day; a wrong time zone shows here
  answers     what is stored = the API's own total and maximum of its answer; a later restatement explains a difference
  coverage    no gap and no failure from extract.start to now less settle
  storage     facts, history, ledger and runs agree with each other, the calendar and the clock; merges keep up
  views       each view and table is as this program declares it; views can be read

It also shows how late restatements come, and whether extract.finality is long enough.

A difference is pending while not all of its buckets are final: values may still change. A check is skipped if the
configuration does not extract a region or type that it needs. Without --from and --to it verifies all stored data. It
sends no request to the API.

Exit codes: 0 nothing disagrees; 2 usage or configuration; 5 the warehouse is unreachable or refuses; 6 a mismatch.`,
		Example: "  mnaflow verify\n  mnaflow verify --from -30d --region ALL --output json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			return within.withWarehouse(o, func(c *config.Config, order pipeline.Order, db *warehouse.DB) error {
				return o.verify(cmd.Context(), db, within.verifications(c, order, o.Now()), out)
			})
		},
	}
	within.flags(cmd, o)
	cmd.Flags().Lookup("from").Usage = "start of the range: 2026-01-31, RFC 3339, -30d or -12h (default everything)"
	out.flag(cmd)
	return cmd
}

// verifications turns the flags into verifications with the same id. Dates are in each account's time zone, so accounts
// in two zones need two: 2026-01-31 is another range in each.
func (r *rangeFlags) verifications(c *config.Config, order pipeline.Order, now time.Time) []audit.Verification {
	v := audit.Verification{
		ID: uuid.NewString(), At: now, Accounts: r.selected.accounts, Granularities: r.selected.granularities,
		Regions: r.selected.regions, GatewayTypes: r.selected.gatewayTypes, TrafficTypes: r.selected.trafficTypes,
		Promised: promise(c).Until(now), Wanted: wanted(c, order.Series),
	}
	names := map[flow.Window][]string{}
	for _, a := range c.Accounts {
		calendar := flow.NewCalendar(flow.Daily, a.TimeZone)
		if v.Accounts == nil || slices.Contains(v.Accounts, a.Name) {
			v.Window = flow.Window{Begin: order.From.In(calendar, time.Time{}), End: order.To.In(calendar, time.Time{})}
			names[v.Window] = append(names[v.Window], a.Name)
		}
	}
	if len(names) == 1 { // without a list of names it also verifies accounts that are no longer configured
		return []audit.Verification{v}
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

// verified is the result that verify prints.
type verified struct {
	audit.Report
	Lateness []report.Lateness `json:"lateness"`
}

// verify runs the verifications and prints the result. It returns alreadyPrinted on a mismatch.
func (o *options) verify(ctx context.Context, db *warehouse.DB, parts []audit.Verification, out output) error {
	var r verified
	var err error
	if r.Report, err = audit.New(db).Run(ctx, parts); err != nil {
		return err
	}
	r.Complete(o.typed)
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
		return alreadyPrinted{exit.Mismatch}
	}
	return err
}
