package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/terminal"
	"github.com/mnaflow/mnaflow/internal/warehouse"
	"github.com/mnaflow/mnaflow/migrations"
)

func newMigrate(o *options) *cobra.Command {
	up := func(cmd *cobra.Command, _ []string) error {
		return o.withWarehouse(func(_ *config.Config, db *warehouse.DB) error {
			if err := db.Migrate(cmd.Context()); err != nil {
				return err
			}
			_, err := fmt.Fprintf(o.Stdout, "the tables are at version %d, the views as declared\n", migrations.Latest())
			return err
		})
	}
	var reader string
	const codes = "\n\nExit codes: 0 done; 2 usage or configuration; 5 the warehouse is unreachable, refuses, or has newer tables."
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Create or upgrade the tables, and declare the views",
		Long: `Create the database where it is missing, bring the tables to this program's version, and make anew each view that is
missing, that is not as this program declares it, or whose definer is gone. A definer who is somebody else stays.
Running it twice, or two at once, is harmless. Loads never do this by themselves.

--print-reader-sql prints what an administrator of ClickHouse runs to have a user for analysts and BI tools: a profile with
limits, a role, a grant for each public view. Run it again after an upgrade. The password is the one in
CLICKHOUSE_READER_PASSWORD, or one that is made and told on stderr; the statements hold a salted hash of it alone.` + codes,
		Example: "  mnaflow migrate\n  mnaflow migrate status\n  mnaflow migrate --print-reader-sql analyst |\n      clickhouse-client --user admin --ask-password",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("print-reader-sql") {
				return o.printReaderSQL(reader)
			}
			return up(cmd, args)
		},
	}
	cmd.Flags().StringVar(&reader, "print-reader-sql", "",
		"print the SQL that makes a user of this `name`, who can select from the public views alone, instead of doing anything")
	var out output
	status := &cobra.Command{
		Use:     "status",
		Short:   "Show whether the tables and views are as this program needs them",
		Long:    "Show the version of the tables and of this program, and each view that is not as declared. Exit code 5 says that\nmnaflow migrate has something to do." + codes,
		Example: "  mnaflow migrate status --output json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			return o.withWarehouse(func(_ *config.Config, db *warehouse.DB) error {
				version, err := db.Version(cmd.Context())
				if err != nil {
					return err
				}
				stale := db.Check(cmd.Context())
				faults := []warehouse.ViewFault{}
				if stale == nil {
					if faults, err = db.ViewFaults(cmd.Context(), true); err != nil {
						return err
					}
				}
				if err := printVersions(o.Stdout, out, version, faults); err != nil {
					return err
				}
				if stale == nil && len(faults) > 0 {
					return flow.Fail(flow.Warehouse, "views that are not as declared: %d; run mnaflow migrate", len(faults))
				}
				return stale
			})
		},
	}
	out.flag(status)
	cmd.AddCommand(status, &cobra.Command{
		Use: "up", Short: "The same as migrate", Long: "The same as migrate." + codes, Example: "  mnaflow migrate up", Args: noArgs, RunE: up,
	})
	return cmd
}

// printVersions prints the version of the tables and of the program, and the views that are not as declared.
func printVersions(to io.Writer, out output, version int, faults []warehouse.ViewFault) error {
	if out == "json" {
		return printJSON(to, map[string]any{"tables": version, "program": migrations.Latest(), "views": faults})
	}
	fmt.Fprintf(to, "tables   version %d\nprogram  version %d\n", version, migrations.Latest())
	for _, f := range faults {
		terminal.Paragraph(to, "", f.String())
	}
	return nil
}

// warnOfViews tells in the log which views are not as declared. A load does not need them, and what it stores is right whatever they show.
func (o *options) warnOfViews(ctx context.Context, db *warehouse.DB) {
	faults, err := db.ViewFaults(ctx, false)
	if err != nil && ctx.Err() == nil {
		o.log.Warn("the views could not be compared with their declarations", "error", err)
	}
	for _, f := range faults {
		o.log.Warn("a view is not as declared: run mnaflow migrate", "view", f.View, "reason", f.Reason)
	}
}

// withWarehouse opens the configured warehouse for f.
func (o *options) withWarehouse(f func(*config.Config, *warehouse.DB) error) error {
	c, err := o.loadConfig()
	if err != nil {
		return err
	}
	db, err := o.openWarehouse(c)
	if err != nil {
		return err
	}
	defer db.Close()
	return f(c, db)
}
