package warehouse_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/loadtest"
	"github.com/mnaflow/mnaflow/migrations"
)

func TestMigrateTwice(t *testing.T) {
	w, db := open(t)
	first := loadtest.Schema(t, db)
	must(t, w.Migrate(t.Context()))
	if diff := cmp.Diff(first, loadtest.Schema(t, db)); diff != "" {
		t.Errorf("the second time changed the schema: %s", diff)
	}
	must(t, w.Check(t.Context()))
	if v, err := w.Version(t.Context()); v != migrations.Latest() || err != nil {
		t.Errorf("version %d, %v; want %d", v, err, migrations.Latest())
	}
}

func TestMigrateCreatesTheDatabase(t *testing.T) {
	db := chtest.Open(t)
	execute(t, db.Conn(t), "DROP DATABASE "+db.Name+" SYNC")
	w := connect(t, loadtest.Config(db))
	wantError(t, "before", w.Check(t.Context()), "run mnaflow migrate")
	must(t, w.Migrate(t.Context()))
	must(t, w.Check(t.Context()))
}

func TestMigrateFourAtOnce(t *testing.T) {
	_, reference := open(t)
	want := loadtest.Schema(t, reference)
	for range 3 {
		db := chtest.Open(t)
		var migrators errgroup.Group
		for range 4 {
			w := connect(t, loadtest.Config(db))
			migrators.Go(func() error { return w.Migrate(t.Context()) })
		}
		must(t, migrators.Wait())
		if diff := cmp.Diff(want, loadtest.Schema(t, db.Conn(t))); diff != "" {
			t.Error(diff)
		}
	}
}

// A migration that failed says why, and is simply run again once the cause is gone: it leaves no mark that somebody
// would have to remove by hand.
func TestMigrateAfterAFailure(t *testing.T) {
	const database = "mnaflow"
	server := chtest.Server(t, chlocal.Options{Users: []chlocal.User{
		{Name: "half", Grants: []string{
			"GRANT SELECT, INSERT, TRUNCATE, CREATE DATABASE, CREATE TABLE, ALTER ADD COLUMN ON " + database + ".*",
			"GRANT TABLE ENGINE ON *",
		}},
	}})
	config := loadtest.Config(chtest.On(server, database))
	whole := connect(t, config)
	config.Username, config.Password = "half", ""
	half := connect(t, config)
	for range 2 {
		err := half.Migrate(t.Context())
		wantError(t, "without the right to create views", err, "making view", "CREATE VIEW", "grant the user")
	}
	faults, err := whole.ViewFaults(t.Context())
	must(t, err)
	if len(faults) != len(migrations.Views()) {
		t.Errorf("in between %d views are at fault, want all %d", len(faults), len(migrations.Views()))
	}
	must(t, whole.Migrate(t.Context()))
	must(t, whole.Check(t.Context()))
	conn := chtest.On(server, database).Conn(t)
	for _, view := range migrations.PublicViews() { // the one that failed is not taken for done
		execute(t, conn, "SELECT * FROM "+loadtest.Readable(view))
	}
}

func TestCheckSaysWhatToDo(t *testing.T) {
	latest := migrations.Latest()
	noted := func(version int) string {
		return fmt.Sprintf("INSERT INTO schema_migrations VALUES (%d, 0, 1900000000000000000)", version)
	}
	without := func(which string, version int) string {
		const statement = "ALTER TABLE schema_migrations DELETE WHERE version %s %d SETTINGS mutations_sync = 1"
		return fmt.Sprintf(statement, which, version)
	}
	for _, tt := range []struct {
		name    string
		prepare []string
		want    string
	}{
		{
			"no tables", []string{"DROP TABLE schema_migrations"},
			"has no tables of mnaflow: run mnaflow migrate, or correct clickhouse.database",
		},
		{
			"an empty table of versions", []string{"TRUNCATE TABLE schema_migrations"},
			"has no tables of mnaflow: run mnaflow migrate, or correct clickhouse.database",
		},
		{
			"older", []string{without("=", latest)},
			fmt.Sprintf("are at version %d, this program needs %d: run mnaflow migrate", latest-1, latest),
		},
		{
			"never released", []string{noted(28), without(">", 28)},
			"are at version 28, which was never released: " +
				"write another clickhouse.database, run mnaflow migrate, and load again",
		},
		{
			"newer", []string{noted(latest + 1)},
			fmt.Sprintf("are at version %d, newer than this program's %d: install a newer mnaflow", latest+1, latest),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, db := open(t)
			execute(t, db, tt.prepare...)
			wantError(t, "Check", w.Check(t.Context()), tt.want)
			wantError(t, "Await", w.Await(t.Context()), tt.want)
			wantError(t, "Configure", w.Configure(t.Context(), nil, at("2026-01-01")), tt.want)
			if tt.name == "newer" || tt.name == "never released" {
				before := loadtest.Schema(t, db)
				wantError(t, "Migrate", w.Migrate(t.Context()), tt.want)
				if diff := cmp.Diff(before, loadtest.Schema(t, db)); diff != "" {
					t.Errorf("tables that are not this program's were changed: %s", diff)
				}
				return
			}
			must(t, w.Migrate(t.Context()))
			must(t, w.Check(t.Context()))
		})
	}
}
