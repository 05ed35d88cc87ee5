package load_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/load"
	"github.com/mnaflow/mnaflow/migrations"
)

const views = "SELECT concat(name, ': ', create_table_query) FROM system.tables WHERE database = currentDatabase() AND engine = 'View' ORDER BY name"

// viewFaults are what is wrong with the views, a line each.
func viewFaults(t *testing.T, w *load.Warehouse) []string {
	t.Helper()
	faults, err := w.ViewFaults(t.Context(), true)
	must(t, err)
	var out []string
	for _, f := range faults {
		out = append(out, f.String())
	}
	slices.Sort(out)
	return out
}

// verifiedViews are the faults that a verification finds in the views, a line each.
func verifiedViews(t *testing.T, w *load.Warehouse, db driver.Conn) []string {
	t.Helper()
	v := flow.Verification{ID: newRun(), At: at("2026-02-02"), Promised: map[flow.Granularity]time.Time{flow.Hourly: at("2026-02-02"), flow.Daily: at("2026-02-02")}}
	must(t, w.Verify(t.Context(), v))
	return table(t, db, `SELECT concat(replaceOne(compared, ' = its declaration', ''), ' ', replaceOne(substring(detail, 4), ': run mnaflow migrate', ''))
FROM check_results WHERE verify_id = ? AND check_name = 'views' AND state = 'failed' ORDER BY compared`, v.ID)
}

// Whatever was done to a view by hand is found, and the next migration makes it anew. Views of somebody else's stay.
func TestViewsAreDeclared(t *testing.T) {
	hourly := func() string {
		for _, v := range migrations.Views() {
			if v.Name == "flow_hourly" {
				return v.Create("DB", "")
			}
		}
		return ""
	}()
	for _, tt := range []struct {
		name, damage string
		want         []string
	}{
		{"as it was made", "", nil},
		{"dropped", "DROP VIEW usage_daily", []string{"view usage_daily is missing"}},
		{"two of them", "DROP VIEW usage_daily; DROP VIEW runs", []string{"view runs is missing", "view usage_daily is missing"}},
		{"dropped, and read by another", "DROP VIEW covered", []string{"view covered is missing"}},
		{"another query under the same columns and comment", strings.Replace(hourly, "AND reported", "AND reported AND access_region != 'EU'", 1),
			[]string{"view flow_hourly is not as this program declares it"}},
		{"without FINAL", strings.Replace(hourly, " FINAL", "", 1), []string{"view flow_hourly is not as this program declares it"}},
		{"with the rights of its reader", strings.Replace(hourly, "SQL SECURITY DEFINER", "SQL SECURITY INVOKER", 1),
			[]string{"view flow_hourly is not as this program declares it"}},
		{"without a setting that it pins", strings.Replace(hourly, "join_use_nulls = 0", "join_use_nulls = 1", 1),
			[]string{"view flow_hourly is not as this program declares it"}},
		{"a column's comment", "ALTER TABLE flow_hourly COMMENT COLUMN bytes 'bits'", []string{"view flow_hourly is not as this program declares it"}},
		{"its own comment", "ALTER TABLE flow_hourly MODIFY COMMENT 'x'", []string{"view flow_hourly is not as this program declares it"}},
		{"one of an older program", "CREATE VIEW flow_weekly AS SELECT 1 COMMENT 'Traffic of a week. [mnaflow]'", []string{"view flow_weekly is not declared any more"}},
		{"one whose name is a list", "CREATE VIEW `a, facts` AS SELECT 1 COMMENT 'Nothing. [mnaflow]'", []string{"view a, facts is not declared any more"}},
		{"one of somebody else's", "CREATE VIEW their_own AS SELECT 1", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, db := open(t)
			before := table(t, db, views)
			if tt.damage != "" {
				var database string
				must(t, db.QueryRow(t.Context(), "SELECT currentDatabase()").Scan(&database))
				execute(t, db, strings.Split(strings.ReplaceAll(tt.damage, "`DB`", database), "; ")...)
			}
			if diff := cmp.Diff(tt.want, viewFaults(t, w)); diff != "" {
				t.Errorf("faults: %s", diff)
			}
			// Neither a load nor a verification depends on them.
			must(t, w.Check(t.Context()))
			_, err := w.Coverage(t.Context())
			must(t, err)
			if len(tt.want) > 1 { // a verification takes its time
				if diff := cmp.Diff(tt.want, verifiedViews(t, w, db)); diff != "" {
					t.Errorf("verify: %s", diff)
				}
			}
			must(t, w.Migrate(t.Context()))
			if got := viewFaults(t, w); got != nil {
				t.Errorf("after a migration: %v", got)
			}
			after := slices.DeleteFunc(table(t, db, views), func(v string) bool { return strings.HasPrefix(v, "their_own:") })
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("after a migration the views are not what they were: %s", diff)
			}
		})
	}
}

// What has the name of a view and is none holds data perhaps: it is not replaced.
func TestATableInPlaceOfAView(t *testing.T) {
	w, db := open(t)
	execute(t, db, "DROP VIEW usage_daily", "CREATE TABLE usage_daily (day Date) ENGINE = MergeTree ORDER BY day", "INSERT INTO usage_daily VALUES ('2026-01-01')")
	err := w.Migrate(t.Context())
	told(t, "a table in place of a view", err, "usage_daily", "is a table of the engine MergeTree: rename it")
	if got := table(t, db, "SELECT toString(day) FROM usage_daily"); !slices.Equal(got, []string{"2026-01-01"}) {
		t.Errorf("the table holds %v", got)
	}
}

// A restored copy under another name reads its own tables as soon as it has been migrated, and the first database is as it was.
func TestRestoredUnderAnotherName(t *testing.T) {
	w, db := open(t)
	var database string
	must(t, db.QueryRow(t.Context(), "SELECT currentDatabase()").Scan(&database))
	s := named("main", flow.Hourly, flow.Total)
	write(t, w, newRun(), answer(s, hours, at("2026-01-01"), 1, at("2026-02-01"), true, 5))
	before := table(t, db, views)
	copyOf := chtest.Open(t)
	other := copyOf.Name
	execute(t, db, "DROP DATABASE "+other+" SYNC", "BACKUP DATABASE "+database+" TO Memory('b')", "RESTORE DATABASE "+database+" AS "+other+" FROM Memory('b')")
	copied := connect(t, load.Config{Addresses: []string{copyOf.Addr}, Database: other, Username: "default", Password: copyOf.Password})
	must(t, copied.Check(t.Context()))
	_, err := copied.Coverage(t.Context()) // also before it is migrated
	must(t, err)
	must(t, copied.Migrate(t.Context()))
	if got := viewFaults(t, copied); got != nil {
		t.Errorf("the copy's views: %v", got)
	}
	execute(t, db, "TRUNCATE TABLE "+database+".facts")
	if got := table(t, db, "SELECT toString(bytes) FROM "+other+".flow_hourly"); !slices.Equal(got, []string{"5"}) {
		t.Errorf("the copy shows %v, want its own row", got)
	}
	if diff := cmp.Diff(before, table(t, db, views)); diff != "" {
		t.Errorf("the first database's views: %s", diff)
	}
}

// Who reads a view from a database of their own, with relations that have the names of ours, reads ours: or the definer's rights would read theirs.
func TestViewsReadFromAnotherDatabase(t *testing.T) {
	w, db := open(t)
	var database string
	must(t, db.QueryRow(t.Context(), "SELECT currentDatabase()").Scan(&database))
	s := named("main", flow.Daily, flow.Total)
	write(t, w, newRun(), answer(s, flow.NewCalendar(flow.Daily, time.UTC), at("2026-01-01"), 1, at("2026-02-01"), true, 5))
	second := chtest.Open(t)
	beside := connect(t, load.Config{Addresses: []string{second.Addr}, Database: second.Name, Username: "default", Password: second.Password})
	must(t, beside.Migrate(t.Context()))
	elsewhere := chtest.Open(t)
	conn := elsewhere.Conn(t)
	for _, v := range migrations.Views() {
		execute(t, conn, "CREATE VIEW "+v.Name+" AS SELECT 'theirs' AS account, 'daily' AS granularity, {at:String} AS at")
	}
	for _, v := range migrations.Views() {
		for _, from := range []string{elsewhere.Name, second.Name} {
			reader := dial(t, elsewhere.Addr, "default", elsewhere.Password, from)
			name := database + "." + readable(v.Name)
			want := table(t, db, "SELECT toString(count()) FROM "+name)
			if diff := cmp.Diff(want, table(t, reader, "SELECT toString(count()) FROM "+name)); diff != "" {
				t.Errorf("%s from %s: %s", v.Name, from, diff)
			}
			if got := table(t, reader, "SELECT '' FROM "+name+" AS v WHERE toString(tuple(v.*)) LIKE '%theirs%' LIMIT 1"); len(got) > 0 {
				t.Errorf("%s reads what is not ours", v.Name)
			}
		}
	}
}

// The definer of a view who is somebody else stays, as long as there is such a user.
func TestDefiners(t *testing.T) {
	const database = "mnaflow"
	users := []chlocal.User{{Name: "owner"}, {Name: "former"}}
	dir := t.TempDir()
	server := chtest.Server(t, chlocal.Options{Path: dir, Users: users})
	start := func(user string) *load.Warehouse {
		return connect(t, load.Config{Addresses: []string{server.TCPAddr()}, Database: database, Username: user})
	}
	definers := func() []string {
		return table(t, dial(t, server.TCPAddr(), "owner", "", database),
			"SELECT DISTINCT definer FROM system.tables WHERE database = currentDatabase() AND engine = 'View' ORDER BY definer")
	}
	must(t, start("former").Migrate(t.Context()))
	must(t, start("owner").Migrate(t.Context()))
	if got := definers(); !slices.Equal(got, []string{"former"}) {
		t.Errorf("after another user's migration the definers are %v, want the former one", got)
	}
	execute(t, dial(t, server.TCPAddr(), "owner", "", database), "DROP VIEW usage_daily", "ALTER TABLE flow_hourly MODIFY COMMENT 'x'")
	must(t, start("owner").Migrate(t.Context()))
	if got := definers(); !slices.Equal(got, []string{"former", "owner"}) {
		t.Errorf("after a repair the definers are %v, want a new one for what was missing alone", got)
	}
	must(t, server.Close())
	server = chtest.Server(t, chlocal.Options{Path: dir, Users: users[:1]})
	w := start("owner")
	// One that differs too, which cannot be made anew with the definer that it had.
	execute(t, dial(t, server.TCPAddr(), "owner", "", database), "ALTER TABLE flow_daily MODIFY COMMENT 'x'")
	if got := viewFaults(t, w); !slices.Contains(got, "view flow_hourly cannot be read: its definer is gone") {
		t.Errorf("without the former user: %v", got)
	}
	_, err := w.Coverage(t.Context())
	must(t, err)
	must(t, w.Migrate(t.Context()))
	if got := viewFaults(t, w); got != nil {
		t.Errorf("after a migration: %v", got)
	}
	if got := definers(); !slices.Equal(got, []string{"owner"}) {
		t.Errorf("at the end the definers are %v", got)
	}
}
