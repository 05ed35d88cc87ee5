package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

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
			missing, err := missingTables(cmd.Context(), db)
			if err != nil {
				return err
			}
			if err := db.Migrate(cmd.Context()); err != nil {
				return err
			}
			if len(missing) > 0 {
				terminal.Paragraph(o.Stdout, "", o.typed("made anew without rows, since they were missing: "+
					strings.Join(missing, ", ")+"; mnaflow verify says what to load again"))
			}
			_, err = fmt.Fprintf(o.Stdout, "the tables are at version %d, the views as declared\n", migrations.Latest())
			return err
		})
	}
	var reader string
	const codes = "\n\nExit codes: 0 done; 2 usage or configuration; 5 the warehouse is unreachable, refuses, " +
		"or has newer tables."
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Create or upgrade the tables, and declare the views",
		Long: `Create the database if it is missing, upgrade the tables to this program's version, make those that
were dropped, without rows, and recreate each view that is missing, that differs from this program's declaration, or
whose definer no longer exists. Any definer that exists stays. It is safe to run twice, or two at once. Loads never do
this by themselves.

--print-reader-sql prints statements for an administrator of ClickHouse. They create a user for analysts and BI tools: a
profile with limits, a role, and a grant for each public view. Run them again after an upgrade. The password is the one
in CLICKHOUSE_READER_PASSWORD, or a random one that is printed on stderr; the statements contain a salted hash
only.` + codes,
		Example: "  mnaflow migrate\n  mnaflow migrate status\n  mnaflow migrate --print-reader-sql analyst |\n" +
			"      clickhouse-client --user admin --ask-password",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("print-reader-sql") {
				return o.printReaderSQL(reader)
			}
			return up(cmd, args)
		},
	}
	cmd.Flags().StringVar(&reader, "print-reader-sql", "",
		"only print the SQL that creates a user of this `name`, who can select from the public views and nothing else")
	var out output
	status := &cobra.Command{
		Use:   "status",
		Short: "Show whether the tables and views fit this program",
		Long: "Show the version of the tables and of this program, and each view that is not as declared.\n" +
			"Exit code 5 means that mnaflow migrate has something to do." + codes,
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
				missing, err := missingTables(cmd.Context(), db)
				if err != nil {
					return err
				}
				if stale == nil && len(missing) == 0 { // views of missing tables cannot be compared
					if faults, err = db.ViewFaults(cmd.Context()); err != nil {
						return err
					}
				}
				if err := printVersions(o.Stdout, out, version, missing, faults); err != nil {
					return err
				}
				if len(missing) > 0 {
					return flow.Fail(flow.Warehouse, "%s missing: restore them, or run mnaflow migrate, which makes them "+
						"anew without rows", terminal.Count(len(missing), "table"))
				}
				if stale == nil && len(faults) > 0 {
					return flow.Fail(flow.Warehouse, "%s not as declared: run mnaflow migrate",
						terminal.Count(len(faults), "view"))
				}
				return stale
			})
		},
	}
	out.flag(status)
	cmd.AddCommand(status, &cobra.Command{
		Use: "up", Short: "The same as migrate", Long: "The same as migrate." + codes, Example: "  mnaflow migrate up",
		Args: noArgs, RunE: up,
	})
	return cmd
}

// missingTables lists the tables that somebody has dropped; none of a database that is to be migrated.
func missingTables(ctx context.Context, db *warehouse.DB) ([]string, error) {
	version, err := db.Version(ctx)
	if err != nil || version != migrations.Latest() {
		return nil, err
	}
	return db.MissingTables(ctx)
}

// printVersions prints the versions of the tables and the program, the tables that are missing, and the views that are
// not as declared.
func printVersions(to io.Writer, out output, version int, missing []string, faults []warehouse.ViewFault) error {
	if out == "json" {
		return printJSON(to, map[string]any{
			"tables": version, "program": migrations.Latest(), "missing": append([]string{}, missing...), "views": faults,
		})
	}
	fmt.Fprintf(to, "tables   version %d\nprogram  version %d\n", version, migrations.Latest())
	for _, table := range missing {
		fmt.Fprintf(to, "table %s is missing\n", table)
	}
	for _, f := range faults {
		terminal.Paragraph(to, "", f.String())
	}
	return nil
}

// warnOfViews logs a warning for each view that is missing or of another version. It is no error: a load reads none of
// the views.
func (o *options) warnOfViews(ctx context.Context, db *warehouse.DB) {
	faults, err := db.OldViews(ctx)
	if err != nil && ctx.Err() == nil {
		o.log.Warn("the views could not be compared with their declarations", "error", err)
	}
	for _, f := range faults {
		o.log.Warn(o.typed("a view is not as declared: run mnaflow migrate"), //nolint:sloglint // it names the file
			"view", f.View, "reason", f.Reason)
	}
}

// withWarehouse reads the configuration, opens the warehouse and calls f with both.
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
