package cli

import "github.com/spf13/cobra"

func newBackfill(o *options) *cobra.Command {
	var r rangeFlags
	var out output
	var force, acceptMissing bool
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
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			if r.from == "" {
				return usagef("--from is missing: say from when on to load, for example --from 2025-01-01 or --from -30d")
			}
			if acceptMissing && !force {
				return usagef("--accept-missing goes with --force: it stores answers that lack what the warehouse holds")
			}
			c, order, err := r.order(o)
			if err != nil {
				return err
			}
			order.Command, order.Force, order.AcceptMissing = "backfill", force, acceptMissing
			return o.load(cmd.Context(), c, order, out)
		},
	}
	r.flags(cmd, o)
	out.flag(cmd)
	cmd.Flags().Lookup("from").Usage = "start of the range: 2026-01-31, RFC 3339, -30d or -12h (needed)"
	cmd.Flags().BoolVar(&force, "force", false, "load all that has settled in the range, final or not")
	cmd.Flags().BoolVar(&acceptMissing, "accept-missing", false, "store answers that lack what the warehouse holds")
	return cmd
}
