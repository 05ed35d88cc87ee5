package migrations_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
	"github.com/mnaflow/mnaflow/migrations"
)

// statements are those of the migrations, in their order.
func statements(t *testing.T) []string {
	t.Helper()
	names := tables(t)
	if len(names) != migrations.Latest()-migrations.First()+1 {
		t.Fatalf("%d files, numbered from %d to %d", len(names), migrations.First(), migrations.Latest())
	}
	out := make([]string, len(names))
	for i, name := range names {
		if want := fmt.Sprintf("%04d_", migrations.First()+i); !strings.HasPrefix(name, want) {
			t.Fatalf("%s does not start with %s", name, want)
		}
		out[i] = read(t, name)
	}
	return out
}

// However far a migration came before it was killed, and whether or not its last file's number was noted, the next one
// completes it. What is stored stays.
func TestMigrateAfterAKill(t *testing.T) {
	all := statements(t)
	_, reference := open(t)
	want := loadtest.Schema(t, reference)
	for _, tt := range []struct{ applied, noted int }{{1, 0}, {2, 1}, {7, 7}, {len(all), len(all) - 1}} {
		t.Run(fmt.Sprintf("%d applied, %d noted", tt.applied, tt.noted), func(t *testing.T) {
			w, db := loadtest.Bare(t)
			execute(t, db, `CREATE TABLE schema_migrations (version Int64, dirty UInt8, sequence UInt64)
ENGINE = MergeTree ORDER BY sequence COMMENT 'Which migrations have been applied; kept by golang-migrate'`)
			execute(t, db, all[:tt.applied]...)
			for i := range tt.noted {
				noted := fmt.Sprintf("INSERT INTO schema_migrations VALUES (%d, 0, %d)", migrations.First()+i, i+1)
				execute(t, db, noted)
			}
			execute(t, db, "INSERT INTO facts (account, bytes) VALUES ('kept', 7)")
			loadtest.WantError(t, "before", w.Check(t.Context()), "run mnaflow migrate")
			must(t, w.Migrate(t.Context()))
			if diff := cmp.Diff(want, loadtest.Schema(t, db)); diff != "" {
				t.Error(diff)
			}
			kept := table(t, db, "SELECT concat(account, ' ', toString(bytes)) FROM facts")
			if diff := cmp.Diff([]string{"kept 7"}, kept); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every file is one statement that may be run at any time again, on tables that are already at the newest version too.
func TestMigrationsAreRepeatable(t *testing.T) {
	w, db := open(t)
	s := named("main", flow.Hourly, flow.Total)
	write(t, w, newRun(), answer(s, hours, at("2026-01-01"), 1, at("2026-02-01"), true, 5))
	before := loadtest.Schema(t, db)
	execute(t, db, statements(t)...)
	if diff := cmp.Diff(before, loadtest.Schema(t, db)); diff != "" {
		t.Error(diff)
	}
	if got := table(t, db, "SELECT toString(bytes) FROM flow_hourly"); len(got) != 1 || got[0] != "5" {
		t.Errorf("flow_hourly is %v, want what was stored", got)
	}
}
