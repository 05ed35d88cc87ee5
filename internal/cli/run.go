package cli

import (
	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/pipeline"
)

func newRun(o *options) *cobra.Command {
	var selected selection
	var out output
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Load everything that is due now, once",
		Long: `Load everything that is due now: new buckets, those that are not final yet, what failed, and every gap since the
configured start. With nothing due, no request is sent.

Exit codes: 0 done; 2 usage or configuration; 3 some windows failed, all others are stored; 4 the API refused the
credentials or the permission; 5 the warehouse is unreachable or refuses; 130 interrupted, what was finished is stored.`,
		Example: `  mnaflow run
  mnaflow run --account main --granularity daily`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			c, err := o.loadConfig()
			if err != nil {
				return err
			}
			chosen, err := selected.from(c)
			if err != nil {
				return err
			}
			return o.load(cmd.Context(), c, pipeline.Order{Command: "run", Series: chosen}, out)
		},
	}
	selected.flags(cmd, o)
	out.flag(cmd)
	return cmd
}
