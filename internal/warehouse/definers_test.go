package warehouse_test

import (
	"slices"
	"testing"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/loadtest"
)

// The definer of a view who is somebody else stays, as long as there is such a user.
func TestDefiners(t *testing.T) {
	const database = "mnaflow"
	users := []chlocal.User{{Name: "owner"}, {Name: "former"}}
	dir := t.TempDir()
	server := chtest.Server(t, chlocal.Options{Path: dir, Users: users})
	as := func(user string) *loadtest.Warehouse {
		config := loadtest.Config(chtest.On(server, database))
		config.Username, config.Password = user, ""
		return connect(t, config)
	}
	damage := func(statements ...string) {
		t.Helper()
		execute(t, dial(t, server.TCPAddr(), "owner", "", database), statements...)
	}
	want := func(when string, want ...string) {
		t.Helper()
		got := table(t, dial(t, server.TCPAddr(), "owner", "", database), `SELECT DISTINCT definer FROM system.tables
WHERE database = currentDatabase() AND engine = 'View' ORDER BY definer`)
		if !slices.Equal(got, want) {
			t.Errorf("%s the definers are %v, want %v", when, got, want)
		}
	}
	must(t, as("former").Migrate(t.Context()))
	must(t, as("owner").Migrate(t.Context()))
	want("after another user's migration", "former")
	damage("DROP VIEW usage_daily", "ALTER TABLE flow_hourly MODIFY COMMENT 'x'")
	must(t, as("owner").Migrate(t.Context()))
	want("after a repair, which made one view anew", "former", "owner")
	must(t, server.Close())
	server = chtest.Server(t, chlocal.Options{Path: dir, Users: users[:1]})
	w := as("owner")
	// One that differs too, which cannot be made anew with the definer that it had.
	damage("ALTER TABLE flow_daily MODIFY COMMENT 'x'")
	if got := viewFaults(t, w); !slices.Contains(got, "view flow_hourly cannot be read: its definer is gone") {
		t.Errorf("without the former user: %v", got)
	}
	_, err := w.Coverage(t.Context()) // it reads what is declared
	must(t, err)
	must(t, w.Migrate(t.Context()))
	if got := viewFaults(t, w); got != nil {
		t.Errorf("after a migration: %v", got)
	}
	want("at the end", "owner")
}
