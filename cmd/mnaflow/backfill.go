package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/pipeline"
)

func newBackfill(o *options) *cobra.Command {
	var from, to string
	var order pipeline.Order
	var selected selection
	cmd := &cobra.Command{
		Use:   "backfill --from T [--to T]",
		Short: "Load a range: what is due in it, or with --force all of it",
		Long: `Load what is due in a range: what was never asked for, failed, or was not final when last asked for.
Stopped at any moment, it goes on where it was when it is run again.

T is a date in the account's time zone (2026-01-31), RFC 3339 (2026-01-31T12:00:00Z), or before now (-30d, -12h).
The range is half-open, and --to is clipped to now.

Exit codes: 0 done; 2 usage or configuration; 3 some windows failed, all others are stored; 4 the API refused the
credentials or the permission; 5 the warehouse is unreachable or refuses; 130 interrupted, what was finished is stored.`,
		Example: `  mnaflow backfill --from 2025-01-01
  mnaflow backfill --from -7d --region EU,AM --granularity hourly --force`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := o.loadConfig()
			if err != nil {
				return err
			}
			if order.Series, err = selected.from(c); err != nil {
				return err
			}
			if from == "" {
				return usagef("--from is missing: say from when on to load, for example --from 2025-01-01 or --from -30d")
			}
			if order.From, err = parseMoment("--from", from, o.now()); err != nil {
				return err
			}
			if order.To, err = parseMoment("--to", to, o.now()); err != nil {
				return err
			}
			for _, a := range c.Accounts {
				if err := checkRange(order, flow.NewCalendar(flow.Hourly, a.TimeZone), o.now()); err != nil {
					return err
				}
			}
			if order.AcceptMissing && !order.Force {
				return usagef("--accept-missing goes with --force: it stores answers that lack what the warehouse holds")
			}
			order.Command = "backfill"
			return o.load(cmd.Context(), c, order)
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "start of the range")
	cmd.Flags().StringVar(&to, "to", "", "end of the range (default now)")
	cmd.Flags().BoolVar(&order.Force, "force", false, "load all that has settled in the range, final or not")
	cmd.Flags().BoolVar(&order.AcceptMissing, "accept-missing", false, "store answers that lack what the warehouse holds")
	selected.flags(cmd)
	return cmd
}

// checkRange refuses a range that cannot hold anything.
func checkRange(order pipeline.Order, c flow.Calendar, now time.Time) error {
	from, to := order.From.In(c, now), order.To.In(c, now)
	if from.After(now) {
		return usagef("--from %s lies in the future: nothing can be loaded yet", from.Format(time.RFC3339))
	}
	if !from.Before(to) {
		return usagef("--from %s is not before --to %s", from.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	return nil
}
