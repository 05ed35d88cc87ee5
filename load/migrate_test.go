package load_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/load"
	"github.com/mnaflow/mnaflow/migrations"
)

const schema = "SELECT concat(name, ': ', create_table_query) FROM system.tables WHERE database = currentDatabase() ORDER BY name"

// files are the migrations as they stand in the folder, in order.
func files(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("../migrations/*.up.sql")
	must(t, err)
	if len(names) != migrations.Latest()-migrations.First()+1 {
		t.Fatalf("%d files, numbered from %d to %d", len(names), migrations.First(), migrations.Latest())
	}
	out := make([]string, len(names))
	for i, name := range names {
		if want := fmt.Sprintf("%04d_", migrations.First()+i); !strings.HasPrefix(filepath.Base(name), want) {
			t.Fatalf("%s does not start with %s", name, want)
		}
		text, err := os.ReadFile(name)
		must(t, err)
		out[i] = string(text)
	}
	return out
}

func TestMigrateTwice(t *testing.T) {
	w, db := open(t)
	first := table(t, db, schema)
	must(t, w.Migrate(t.Context()))
	if diff := cmp.Diff(first, table(t, db, schema)); diff != "" {
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
	w := connect(t, load.Config{Addresses: []string{db.Addr}, Database: db.Name, Username: "default", Password: db.Password})
	err := w.Check(t.Context())
	if err == nil || flow.ClassOf(err) != flow.Warehouse || !strings.Contains(err.Error(), "run mnaflow migrate") {
		t.Errorf("before: %v, want to be told to migrate", err)
	}
	must(t, w.Migrate(t.Context()))
	must(t, w.Check(t.Context()))
}

func TestMigrateFourAtOnce(t *testing.T) {
	_, reference := open(t)
	normal := func(lines []string, name string) string {
		return strings.ReplaceAll(strings.Join(lines, "\n"), name, "DB")
	}
	var name string
	must(t, reference.QueryRow(t.Context(), "SELECT currentDatabase()").Scan(&name))
	want := normal(table(t, reference, schema), name)
	for range 3 {
		db := chtest.Open(t)
		var migrators errgroup.Group
		for range 4 {
			w := connect(t, load.Config{Addresses: []string{db.Addr}, Database: db.Name, Username: "default", Password: db.Password})
			migrators.Go(func() error { return w.Migrate(t.Context()) })
		}
		must(t, migrators.Wait())
		if diff := cmp.Diff(want, normal(table(t, db.Conn(t), schema), db.Name)); diff != "" {
			t.Error(diff)
		}
	}
}

// However far a migration came before it was killed, and whether or not its last file's number was noted, the next one completes it. What is
// stored stays.
func TestMigrateAfterAKill(t *testing.T) {
	all := files(t)
	_, reference := open(t)
	var name string
	must(t, reference.QueryRow(t.Context(), "SELECT currentDatabase()").Scan(&name))
	want := strings.ReplaceAll(strings.Join(table(t, reference, schema), "\n"), name, "DB")
	for _, tt := range []struct{ applied, noted int }{{1, 0}, {2, 1}, {7, 7}, {len(all), len(all) - 1}} {
		t.Run(fmt.Sprintf("%d applied, %d noted", tt.applied, tt.noted), func(t *testing.T) {
			w, db := bare(t)
			execute(t, db, "CREATE TABLE schema_migrations (version Int64, dirty UInt8, sequence UInt64) ENGINE = MergeTree ORDER BY sequence"+
				" COMMENT 'Which migrations have been applied; kept by golang-migrate'")
			execute(t, db, all[:tt.applied]...)
			for i := range tt.noted {
				execute(t, db, fmt.Sprintf("INSERT INTO schema_migrations VALUES (%d, 0, %d)", migrations.First()+i, i+1))
			}
			execute(t, db, "INSERT INTO facts (account, bytes) VALUES ('kept', 7)")
			err := w.Check(t.Context())
			if err == nil || flow.ClassOf(err) != flow.Warehouse || !strings.Contains(err.Error(), "run mnaflow migrate") {
				t.Errorf("before: %v, want to be told to migrate", err)
			}
			must(t, w.Migrate(t.Context()))
			var now string
			must(t, db.QueryRow(t.Context(), "SELECT currentDatabase()").Scan(&now))
			if diff := cmp.Diff(want, strings.ReplaceAll(strings.Join(table(t, db, schema), "\n"), now, "DB")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{"kept 7"}, table(t, db, "SELECT concat(account, ' ', toString(bytes)) FROM facts")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A migration that failed says why, and is simply run again once the cause is gone: it leaves no mark that would have to be removed by hand.
func TestMigrateAfterAFailure(t *testing.T) {
	const database = "mnaflow"
	server := chtest.Server(t, chlocal.Options{Users: []chlocal.User{
		{Name: "half", Grants: []string{
			"GRANT SELECT, INSERT, TRUNCATE, CREATE DATABASE, CREATE TABLE ON " + database + ".*", "GRANT TABLE ENGINE ON *",
		}},
	}})
	half := connect(t, load.Config{Addresses: []string{server.TCPAddr()}, Database: database, Username: "half"})
	for range 2 {
		told(t, "without the right to create views", half.Migrate(t.Context()), "making view", "CREATE VIEW", "grant the user")
	}
	whole := connect(t, load.Config{Addresses: []string{server.TCPAddr()}, Database: database, Username: "default", Password: server.Password()})
	faults, err := whole.ViewFaults(t.Context(), true)
	must(t, err)
	if len(faults) != len(migrations.Views()) {
		t.Errorf("in between %d views are at fault, want all %d", len(faults), len(migrations.Views()))
	}
	must(t, whole.Migrate(t.Context()))
	must(t, whole.Check(t.Context()))
	for _, view := range contractViews() { // the one that failed is not taken for done
		execute(t, dial(t, server.TCPAddr(), "default", server.Password(), database), "SELECT * FROM "+readable(view))
	}
}

// Every file is one statement that may be run at any time again, on tables that are already at the newest version too.
func TestMigrationsAreRepeatable(t *testing.T) {
	w, db := open(t)
	s := named("main", flow.Hourly, flow.Total)
	write(t, w, newRun(), answer(s, hours, at("2026-01-01"), 1, at("2026-02-01"), true, 5))
	before := table(t, db, schema)
	execute(t, db, files(t)...)
	if diff := cmp.Diff(before, table(t, db, schema)); diff != "" {
		t.Error(diff)
	}
	if got := table(t, db, "SELECT toString(bytes) FROM flow_hourly"); len(got) != 1 || got[0] != "5" {
		t.Errorf("flow_hourly is %v, want what was stored", got)
	}
}

func TestCheckSaysWhatToDo(t *testing.T) {
	latest := migrations.Latest()
	tests := []struct {
		name    string
		prepare []string
		want    string
	}{
		{"no tables", []string{"DROP TABLE schema_migrations"}, "has no tables of mnaflow: run mnaflow migrate"},
		{"an empty table of versions", []string{"TRUNCATE TABLE schema_migrations"}, "has no tables of mnaflow: run mnaflow migrate"},
		{"older", []string{fmt.Sprintf("ALTER TABLE schema_migrations DELETE WHERE version = %d SETTINGS mutations_sync = 1", latest)},
			fmt.Sprintf("are at version %d, this program needs %d: run mnaflow migrate", latest-1, latest)},
		{"never released", []string{"INSERT INTO schema_migrations VALUES (28, 0, 1900000000000000000)", "ALTER TABLE schema_migrations DELETE WHERE version > 28 SETTINGS mutations_sync = 1"},
			"are at version 28, which was never released: write another clickhouse.database, run mnaflow migrate, and load again"},
		{"newer", []string{fmt.Sprintf("INSERT INTO schema_migrations VALUES (%d, 0, 1900000000000000000)", latest+1)},
			fmt.Sprintf("are at version %d, newer than this program's %d: install a newer mnaflow", latest+1, latest)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, db := open(t)
			execute(t, db, tt.prepare...)
			check := func(what string, err error) {
				t.Helper()
				if err == nil || flow.ClassOf(err) != flow.Warehouse || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s: %v, want one line of class warehouse with %q", what, err, tt.want)
				}
			}
			check("Check", w.Check(t.Context()))
			check("Configure", w.Configure(t.Context(), nil, at("2026-01-01")))
			if tt.name == "newer" || tt.name == "never released" {
				before := table(t, db, schema)
				check("Migrate", w.Migrate(t.Context()))
				if diff := cmp.Diff(before, table(t, db, schema)); diff != "" {
					t.Errorf("tables that are not this program's were changed: %s", diff)
				}
				return
			}
			must(t, w.Migrate(t.Context()))
			must(t, w.Check(t.Context()))
		})
	}
}
