package cli

import "github.com/spf13/cobra"

func newBackfill(o *options) *cobra.Command {
	var r rangeFlags
	var out output
	var force, acceptMissing bool
	cmd := &cobra.Command{
		Use:   "backfill --from T [--to T]",
		Short: "Load a range: what is due in it, or with --force all of it",
		Long: `Load what is due in a range: the buckets that were never requested, that failed, or that were not final
when they were last requested. After an interrupt, run it again: it continues where it stopped.

T is a date in the account's time zone (2026-01-31), RFC 3339 (2026-01-31T12:00:00Z), or before now (-30d, -12h). The
range is half-open, and --to is clipped to now.

Exit codes: 0 done; 2 usage or configuration; 3 some windows failed, all others are stored; 4 the API refused the
credentials or the permission; 5 the warehouse is unreachable or refuses; 130 interrupted, finished windows are
stored.`,
		Example: `  mnaflow backfill --from 2025-01-01
  mnaflow backfill --from -7d --region EU,AM --granularity hourly --force`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			if r.from == "" {
				return usagef("--from is missing: write the start of the range, for example --from 2025-01-01 or -30d")
			}
			if acceptMissing && !force {
				return usagef("--accept-missing needs --force: write both, or leave it out")
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
	cmd.Flags().Lookup("from").Usage = "start of the range: 2026-01-31, RFC 3339, -30d or -12h (required)"
	cmd.Flags().BoolVar(&force, "force", false, "load every settled bucket of the range, final or not")
	cmd.Flags().BoolVar(&acceptMissing, "accept-missing", false,
		"store answers even if they lack buckets that the warehouse has")
	return cmd
}
