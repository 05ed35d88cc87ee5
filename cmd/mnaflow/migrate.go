package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/load"
	"github.com/mnaflow/mnaflow/migrations"
)

func newMigrate(o *options) *cobra.Command {
	up := func(cmd *cobra.Command, _ []string) error {
		return o.withWarehouse(func(_ *config.Config, w *load.Warehouse) error {
			if err := w.Migrate(cmd.Context()); err != nil {
				return err
			}
			_, err := fmt.Fprintf(o.stdout, "the tables are at version %d\n", migrations.Latest())
			return err
		})
	}
	const codes = "\n\nExit codes: 0 done; 2 usage or configuration; 5 the warehouse is unreachable, refuses, or has newer tables."
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Create the database and its tables, or bring them to this program's version",
		Long: `Create the database and its tables, or bring them to this program's version. Running it twice, or two at once, is
harmless. Loads never do this by themselves.` + codes,
		Example: "  mnaflow migrate\n  mnaflow migrate status",
		Args:    cobra.NoArgs,
		RunE:    up,
	}
	var out output
	status := &cobra.Command{
		Use:     "status",
		Short:   "Show the version of the tables and of this program",
		Long:    "Show the version of the tables and of this program." + codes,
		Example: "  mnaflow migrate status --output json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			return o.withWarehouse(func(_ *config.Config, w *load.Warehouse) error {
				version, err := w.Version(cmd.Context())
				if err != nil {
					return err
				}
				if out == "json" {
					err = printJSON(o.stdout, map[string]int{"tables": version, "program": migrations.Latest()})
				} else {
					_, err = fmt.Fprintf(o.stdout, "tables   version %d\nprogram  version %d\n", version, migrations.Latest())
				}
				if err != nil {
					return err
				}
				return w.Check(cmd.Context())
			})
		},
	}
	out.flag(status)
	cmd.AddCommand(status, &cobra.Command{
		Use: "up", Short: "The same as migrate", Long: "The same as migrate." + codes, Example: "  mnaflow migrate up", Args: cobra.NoArgs, RunE: up,
	})
	return cmd
}

// withWarehouse opens the configured warehouse for f.
func (o *options) withWarehouse(f func(*config.Config, *load.Warehouse) error) error {
	c, err := o.loadConfig()
	if err != nil {
		return err
	}
	w, err := o.openWarehouse(c)
	if err != nil {
		return err
	}
	defer w.Close()
	return f(c, w)
}
