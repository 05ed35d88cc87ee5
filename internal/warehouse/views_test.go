package warehouse_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/audit"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
	"github.com/mnaflow/mnaflow/migrations"
)

const views = `SELECT concat(name, ': ', create_table_query) FROM system.tables
WHERE database = currentDatabase() AND engine = 'View' ORDER BY name`

// viewFaults are what is wrong with the views, a line each.
func viewFaults(t *testing.T, w *loadtest.Warehouse) []string {
	t.Helper()
	faults, err := w.ViewFaults(t.Context())
	must(t, err)
	var out []string
	for _, f := range faults {
		out = append(out, f.String())
	}
	slices.Sort(out)
	return out
}

// verifiedViews are the faults that a verification finds in the views, a line each.
func verifiedViews(t *testing.T, w *loadtest.Warehouse, db driver.Conn) []string {
	t.Helper()
	now := at("2026-02-02")
	promised := map[flow.Granularity]time.Time{flow.Hourly: now, flow.Daily: now}
	r, err := w.Auditor.Run(t.Context(), []audit.Verification{{ID: newRun(), At: now, Promised: promised}})
	must(t, err)
	return table(t, db, `SELECT concat(replaceOne(compared, ' = its declaration', ''), ' ',
    replaceOne(substring(detail, 4), ': run mnaflow migrate', ''))
FROM check_results WHERE verify_id = ? AND check_name = 'views' AND state = 'failed' ORDER BY compared`, r.VerifyID)
}

// damage is something done to a view by hand, and the fault that it is.
type damage struct{ name, statement, want string }

// declaration is the statement that makes a view, with something replaced.
func declaration(t *testing.T, view, old, replacement string) string {
	t.Helper()
	for _, v := range migrations.Views() {
		if create := v.Create("DB", ""); v.Name == view {
			if !strings.Contains(create, old) {
				t.Fatalf("%s does not say %q", view, old)
			}
			return strings.Replace(create, old, replacement, 1)
		}
	}
	t.Fatalf("there is no view %s", view)
	return ""
}

// Whatever was done to views by hand is found, each fault by itself, and the next migration makes them anew. Views of
// somebody else's stay. Many damages at once cost one comparison; those that would hide others come alone.
func TestViewsAreDeclared(t *testing.T) {
	const differs = " is not as this program declares it"
	w, db := open(t)
	before := table(t, db, views)
	for _, round := range [][]damage{
		{{name: "as they were made"}},
		{
			{"dropped", "DROP VIEW usage_daily", "view usage_daily is missing"},
			{"another one dropped", "DROP VIEW runs", "view runs is missing"},
			{"another query under the same columns and comment",
				declaration(t, "flow_hourly", "AND reported", "AND reported AND access_region != 'EU'"),
				"view flow_hourly" + differs},
			{"without FINAL", declaration(t, "flow_daily", " FINAL", ""), "view flow_daily" + differs},
			{"with the rights of its reader",
				declaration(t, "usage_hourly", "SQL SECURITY DEFINER", "SQL SECURITY INVOKER"), "view usage_hourly" + differs},
			{"without a setting that it pins",
				declaration(t, "extractions", "join_use_nulls = 0", "join_use_nulls = 1"), "view extractions" + differs},
			{"a column's comment", "ALTER TABLE flow_revisions COMMENT COLUMN new_bytes 'bits'",
				"view flow_revisions" + differs},
			{"its own comment", "ALTER TABLE flow_gaps MODIFY COMMENT 'x'", "view flow_gaps" + differs},
			{"one of an older program", "CREATE VIEW flow_weekly AS SELECT 1 COMMENT 'Traffic of a week. [mnaflow 01234567]'",
				"view flow_weekly is not declared any more"},
			{"one whose name is a list", "CREATE VIEW `a, facts` AS SELECT 1 COMMENT 'Nothing. [mnaflow 89abcdef]'",
				"view a, facts is not declared any more"},
			{"one of somebody else's", "CREATE VIEW their_own AS SELECT 1", ""},
		},
		{{"dropped, and read by others", "DROP VIEW segments", "view segments is missing"}},
	} {
		var want []string
		for _, d := range round {
			if d.statement != "" {
				execute(t, db, strings.ReplaceAll(d.statement, "`DB`", loadtest.Database(t, db)))
			}
			if d.want != "" {
				want = append(want, d.want)
			}
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, viewFaults(t, w)); diff != "" {
			t.Errorf("%s: faults: %s", round[0].name, diff)
		}
		// Neither a load nor a verification depends on them.
		must(t, w.Check(t.Context()))
		_, err := w.Coverage(t.Context())
		must(t, err)
		if len(want) > 1 { // a verification takes its time
			if diff := cmp.Diff(want, verifiedViews(t, w, db)); diff != "" {
				t.Errorf("%s: verify: %s", round[0].name, diff)
			}
		}
		must(t, w.Migrate(t.Context()))
		theirs := func(v string) bool { return strings.HasPrefix(v, "their_own:") }
		if diff := cmp.Diff(before, slices.DeleteFunc(table(t, db, views), theirs)); diff != "" {
			t.Errorf("%s: after a migration the views are not what they were: %s", round[0].name, diff)
		}
	}
	if got := viewFaults(t, w); got != nil {
		t.Errorf("after the last migration: %v", got)
	}
}

// A load learns from the comments alone which views are missing or of another version.
func TestOldViews(t *testing.T) {
	w, db := open(t)
	for _, d := range []damage{
		{"as they were made", "", "[]"},
		{"one of another version", "ALTER TABLE usage_daily MODIFY COMMENT 'Traffic of a day. [mnaflow 01234567]'",
			"[view usage_daily is not as this program declares it]"},
		{"one made by hand", "CREATE OR REPLACE VIEW usage_daily AS SELECT 1",
			"[view usage_daily is not as this program declares it]"},
		{"one dropped", "DROP VIEW usage_daily", "[view usage_daily is missing]"},
	} {
		if d.statement != "" {
			execute(t, db, d.statement)
		}
		old, err := w.OldViews(t.Context())
		must(t, err)
		if got := fmt.Sprint(old); got != d.want {
			t.Errorf("%s: %s, want %s", d.name, got, d.want)
		}
	}
	must(t, w.Migrate(t.Context()))
	if old, err := w.OldViews(t.Context()); err != nil || old != nil {
		t.Errorf("after a migration: %v, %v", old, err)
	}
}

// What has the name of a view and is none holds data perhaps: it is not replaced.
func TestATableInPlaceOfAView(t *testing.T) {
	w, db := open(t)
	execute(t, db, "DROP VIEW usage_daily", "CREATE TABLE usage_daily (day Date) ENGINE = MergeTree ORDER BY day",
		"INSERT INTO usage_daily VALUES ('2026-01-01')")
	err := w.Migrate(t.Context())
	database := loadtest.Database(t, db)
	fault := fmt.Sprintf("is a table of the engine MergeTree (first RENAME TABLE `%[1]s`.`usage_daily` TO "+
		"`%[1]s`.`usage_daily_old`)", database)
	wantError(t, "a table in place of a view", err, "view usage_daily of", fault+": run mnaflow migrate again")
	old, err := w.OldViews(t.Context())
	must(t, err)
	if got, want := fmt.Sprint(old), "[view usage_daily "+fault+"]"; got != want {
		t.Errorf("a load says %s, want %s", got, want)
	}
	if got, want := viewFaults(t, w), []string{"view usage_daily " + fault}; !slices.Equal(got, want) {
		t.Errorf("migrate status says %v, want %v", got, want)
	}
	if got, want := verifiedViews(t, w, db), []string{"view usage_daily " + fault}; !slices.Equal(got, want) {
		t.Errorf("verify says %v, want %v", got, want)
	}
	if got := table(t, db, "SELECT toString(day) FROM usage_daily"); !slices.Equal(got, []string{"2026-01-01"}) {
		t.Errorf("the table holds %v", got)
	}
	execute(t, db, fmt.Sprintf("RENAME TABLE `%[1]s`.`usage_daily` TO `%[1]s`.`usage_daily_old`", database))
	must(t, w.Migrate(t.Context()))
	if got := viewFaults(t, w); got != nil {
		t.Errorf("after the renaming and a migration: %v", got)
	}
}

// A restored copy under another name reads its own tables as soon as it has been migrated, and the first database is as
// it was.
func TestRestoredUnderAnotherName(t *testing.T) {
	w, db := open(t)
	database := loadtest.Database(t, db)
	s := named("main", flow.Hourly, flow.Total)
	write(t, w, newRun(), answer(s, hours, at("2026-01-01"), 1, at("2026-02-01"), true, 5))
	before := table(t, db, views)
	copyOf := chtest.Open(t)
	other := copyOf.Name
	execute(t, db, "DROP DATABASE "+other+" SYNC", "BACKUP DATABASE "+database+" TO Memory('b')",
		"RESTORE DATABASE "+database+" AS "+other+" FROM Memory('b')")
	copied := connect(t, loadtest.Config(copyOf))
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

// Who reads a view from a database of their own, with relations that have the names of ours, reads ours: or the
// definer's rights would read theirs.
func TestViewsReadFromAnotherDatabase(t *testing.T) {
	w, db := open(t)
	database := loadtest.Database(t, db)
	s := named("main", flow.Daily, flow.Total)
	days := flow.NewCalendar(flow.Daily, time.UTC)
	write(t, w, newRun(), answer(s, days, at("2026-01-01"), 1, at("2026-02-01"), true, 5))
	second := chtest.Open(t)
	beside := connect(t, loadtest.Config(second))
	must(t, beside.Migrate(t.Context()))
	elsewhere := chtest.Open(t)
	conn := elsewhere.Conn(t)
	for _, v := range migrations.Views() {
		execute(t, conn, "CREATE VIEW "+v.Name+" AS SELECT 'theirs' AS account, 'daily' AS granularity, {at:String} AS at")
	}
	for _, v := range migrations.Views() {
		for _, from := range []string{elsewhere.Name, second.Name} {
			reader := dial(t, elsewhere.Addr, "default", elsewhere.Password, from)
			name := database + "." + loadtest.Readable(v.Name)
			want := table(t, db, "SELECT toString(count()) FROM "+name)
			if diff := cmp.Diff(want, table(t, reader, "SELECT toString(count()) FROM "+name)); diff != "" {
				t.Errorf("%s from %s: %s", v.Name, from, diff)
			}
			theirs := table(t, reader, "SELECT '' FROM "+name+" AS v WHERE toString(tuple(v.*)) LIKE '%theirs%' LIMIT 1")
			if len(theirs) > 0 {
				t.Errorf("%s reads what is not ours", v.Name)
			}
		}
	}
}
