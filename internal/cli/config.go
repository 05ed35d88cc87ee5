package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/exit"
)

func newConfig(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Work on the configuration file",
		Long:    "Work on the configuration file.\n\nExit codes: those of its commands.",
		Example: "  mnaflow config check",
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "check",
		Short: "Print every fault of the configuration file, or what it comes to",
		Long: `Print every fault of the configuration file with its line, column, key and what to write instead; or, where there is none,
the whole effective configuration with every default, and with secrets masked. Nothing is asked of the API or the warehouse.

Exit codes: 0 the file is right; 2 it is not.`,
		Example: "  mnaflow --config config.yaml config check",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := config.Load(o.configPath, o.Env)
			if faults, ok := errors.AsType[config.Faults](err); ok {
				for _, f := range faults {
					o.fault(f.String())
				}
				return reported{exit.Usage}
			}
			if err != nil {
				return usage(err)
			}
			if err := o.checkStart(c); err != nil {
				return err
			}
			_, err = o.Stdout.Write(c.YAML())
			return err
		},
	})
	return cmd
}
