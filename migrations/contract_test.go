package migrations_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/loadtest"
	"github.com/mnaflow/mnaflow/migrations"
)

// Columns that several views have.
const (
	usageKey = "account text, access_region text, gateway_type text, "
	flowKey  = usageKey + "traffic_type text, "
	ledgers  = "account text, granularity text, access_region text, gateway_type text, traffic_type text, "
	sums     = "uplink_bytes UInt64, downlink_bytes UInt64, total_bytes UInt64"
	of       = "run_id UUID, request_id text"
	hour     = "hour DateTime('UTC'), day Date, "
	millis   = " DateTime64(3, 'UTC'), "
)

// contract is what users are promised of each view, in this order.
var contract = []struct{ view, columns string }{
	{"usage_hourly", usageKey + hour + sums + ", is_final Bool"},
	{"usage_daily", usageKey + "day Date, " + sums + ", is_final Bool"},
	{"usage_hourly_filled", usageKey + hour + sums + ", is_final Bool"},
	{"flow_hourly", flowKey + hour + "bytes UInt64, is_final Bool, extracted_at" + millis + of},
	{"flow_daily", flowKey + "day Date, bytes UInt64, is_final Bool, extracted_at" + millis + of},
	{"flow_revisions", ledgers + "bucket DateTime('UTC'), day Date, " +
		"old_bytes Nullable(UInt64), new_bytes Nullable(UInt64), was_final Bool, observed_at" + millis + of},
	{"flow_coverage", ledgers + "configured Bool, expected_from DateTime('UTC'), expected_to DateTime('UTC'), " +
		"expected_buckets UInt64, covered_buckets UInt64, reported_buckets UInt64, failed_buckets UInt64, " +
		"unavailable_buckets UInt64, gap_buckets UInt64, first_reported Nullable(DateTime('UTC')), " +
		"last_reported Nullable(DateTime('UTC')), last_extracted_at Nullable(DateTime64(3, 'UTC'))"},
	{"flow_gaps", ledgers + "gap_begin DateTime('UTC'), gap_end DateTime('UTC'), reason text"},
	// What was known at a moment: these have a parameter.
	{"flow_hourly_as_of", flowKey + hour + "bytes UInt64, observed_at" + millis + of},
	{"flow_daily_as_of", flowKey + "day Date, bytes UInt64, observed_at" + millis + of},
	{"usage_daily_as_of", usageKey + "day Date, " + sums},
}

// leastColumns are those that the other views have beside further ones.
var leastColumns = map[string]string{
	"runs": "run_id command state reason started_at finished_at exit_code requests throttled rows revised retracted",
	"extractions": "run_id account granularity access_region gateway_type traffic_type window_begin window_end " +
		"state reason request_id attempts points api_max api_avg api_total",
	"data_checks": "check_name state compared left_figure right_figure difference",
}

func contractViews() []string {
	var out []string
	for _, c := range contract {
		out = append(out, c.view)
	}
	for view := range leastColumns {
		out = append(out, view)
	}
	return out
}

// columns are the names and types of what a query returns; text is text, however it is stored.
func columns(t *testing.T, db driver.Conn, query string) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), query)
	must(t, err)
	defer func() { _ = rows.Close() }()
	var out []string
	for _, c := range rows.ColumnTypes() {
		out = append(out, c.Name()+" "+asText(c.DatabaseTypeName()))
	}
	return out
}

func asText(kind string) string {
	return regexp.MustCompile(`^(LowCardinality\()?String\)?$`).ReplaceAllString(kind, "text")
}

// What is promised is what a view describes, and what a SELECT returns.
func TestViewsAreTheContracts(t *testing.T) {
	_, db := open(t)
	for _, c := range contract {
		promised := strings.Split(regexp.MustCompile(`, (\w+ [A-Z a-z])`).ReplaceAllString(c.columns, "\n$1"), "\n")
		if diff := cmp.Diff(promised, columns(t, db, "SELECT * FROM "+loadtest.Readable(c.view))); diff != "" {
			t.Errorf("%s: the contract's -, selected +: %s", c.view, diff)
		}
		if strings.HasSuffix(c.view, "_as_of") {
			continue // the server describes no columns of a view with a parameter
		}
		described := table(t, db, `SELECT concat(name, ' ', if(type IN ('String', 'LowCardinality(String)'), 'text', type))
FROM system.columns WHERE database = currentDatabase() AND table = ? ORDER BY position`, c.view)
		if diff := cmp.Diff(promised, described); diff != "" {
			t.Errorf("%s: the contract's -, described +: %s", c.view, diff)
		}
	}
	for view, least := range leastColumns {
		all := table(t, db, "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = ?", view)
		for name := range strings.FieldsSeq(least) {
			if !slices.Contains(all, name) {
				t.Errorf("%s lacks %s: %v", view, name, all)
			}
		}
	}
	made := table(t, db, "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%View'")
	for _, view := range contractViews() {
		if !slices.Contains(made, view) || !slices.Contains(migrations.PublicViews(), view) {
			t.Errorf("%s is not among the views %v, of which %v are for readers", view, made, migrations.PublicViews())
		}
	}
	for _, view := range migrations.PublicViews() {
		if !slices.Contains(contractViews(), view) {
			t.Errorf("%s is for readers, and nothing is promised of it", view)
		}
	}
}

// Everything in the database has a comment, and every view reads with the rights of its definer.
func TestEverythingHasAComment(t *testing.T) {
	_, db := open(t)
	const ours = " WHERE database = currentDatabase() AND "
	for fault, query := range map[string]string{
		"a table or view without a comment": "SELECT name FROM system.tables" + ours + "empty(comment)",
		"a column without a comment": "SELECT concat(table, '.', name) FROM system.columns" + ours +
			"empty(comment) AND table != 'schema_migrations'",
		"a view that is not SQL SECURITY DEFINER": "SELECT name FROM system.tables" + ours +
			"engine LIKE '%View' AND create_table_query NOT LIKE '%SQL SECURITY DEFINER%'",
		// A column of the same name means the same everywhere: a typo in one of twenty files shows here.
		"columns of one name and different types": "SELECT concat(name, ': ', toString(groupUniqArray(type)))" +
			" FROM system.columns" + ours + "name NOT IN ('rows', 'attempts', 'reported', 'revised', 'retracted', 'version')" +
			" GROUP BY name HAVING uniqExact(type) > 1",
	} {
		if got := table(t, db, query); len(got) > 0 {
			t.Errorf("%s: %v", fault, got)
		}
	}
}

// A statement that reads a view as it is declared sees the types that the view has: an Int64 for a UInt64 would be an
// error when it is scanned.
func TestDeclaredQueriesHaveTheViewsTypes(t *testing.T) {
	_, db := open(t)
	for _, v := range migrations.Views() {
		if strings.HasSuffix(v.Name, "_as_of") {
			continue // it needs a parameter, and no statement of this program reads it
		}
		declared := migrations.Qualify(migrations.Inline("mnaflow."+v.Name), loadtest.Database(t, db))
		view := columns(t, db, "SELECT * FROM "+v.Name+" LIMIT 0")
		if diff := cmp.Diff(view, columns(t, db, "SELECT * FROM "+declared+" LIMIT 0")); diff != "" {
			t.Errorf("%s: the view's -, its query's +: %s", v.Name, diff)
		}
	}
}
