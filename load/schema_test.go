package load_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/load"
	"github.com/mnaflow/mnaflow/migrations"
)

// contract is what users are promised of each view, in this order. The last three may have more columns than a test need name.
// The views that show a moment stand in momentContract: they have a parameter.
var contract = []struct{ view, columns string }{
	{"usage_hourly", "account text, access_region text, gateway_type text, hour DateTime('UTC'), day Date, uplink_bytes UInt64, downlink_bytes UInt64, total_bytes UInt64, is_final Bool"},
	{"usage_daily", "account text, access_region text, gateway_type text, day Date, uplink_bytes UInt64, downlink_bytes UInt64, total_bytes UInt64, is_final Bool"},
	{"usage_hourly_filled", "account text, access_region text, gateway_type text, hour DateTime('UTC'), day Date, uplink_bytes UInt64, downlink_bytes UInt64, total_bytes UInt64, is_final Bool"},
	{"flow_hourly", "account text, access_region text, gateway_type text, traffic_type text, hour DateTime('UTC'), day Date, bytes UInt64, is_final Bool, extracted_at DateTime64(3, 'UTC'), run_id UUID, request_id text"},
	{"flow_daily", "account text, access_region text, gateway_type text, traffic_type text, day Date, bytes UInt64, is_final Bool, extracted_at DateTime64(3, 'UTC'), run_id UUID, request_id text"},
	{"flow_revisions", "account text, granularity text, access_region text, gateway_type text, traffic_type text, bucket DateTime('UTC'), day Date, old_bytes Nullable(UInt64), new_bytes Nullable(UInt64), was_final Bool, observed_at DateTime64(3, 'UTC'), run_id UUID, request_id text"},
	{"flow_coverage", "account text, granularity text, access_region text, gateway_type text, traffic_type text, configured Bool, expected_from DateTime('UTC'), expected_to DateTime('UTC'), expected_buckets UInt64, covered_buckets UInt64, reported_buckets UInt64, failed_buckets UInt64, unavailable_buckets UInt64, gap_buckets UInt64, first_reported Nullable(DateTime('UTC')), last_reported Nullable(DateTime('UTC')), last_extracted_at Nullable(DateTime64(3, 'UTC'))"},
	{"flow_gaps", "account text, granularity text, access_region text, gateway_type text, traffic_type text, gap_begin DateTime('UTC'), gap_end DateTime('UTC'), reason text"},
}

var moreViews = []string{"runs", "extractions", "data_checks"}

func contractViews() []string {
	var out []string
	for _, c := range contract {
		out = append(out, c.view)
	}
	for _, c := range momentContract {
		out = append(out, c.view)
	}
	return append(out, moreViews...)
}

// readable is a view with the parameter that it needs to be read.
func readable(view string) string {
	if strings.HasSuffix(view, "_as_of") {
		return view + "(at = '2100-01-01')"
	}
	return view
}

func TestViewsAreTheContracts(t *testing.T) {
	_, db := open(t)
	for _, c := range contract {
		t.Run(c.view, func(t *testing.T) {
			got := table(t, db, `SELECT concat(name, ' ', if(type IN ('String', 'LowCardinality(String)'), 'text', type)) FROM system.columns
WHERE database = currentDatabase() AND table = ? ORDER BY position`, c.view)
			if diff := cmp.Diff(strings.Split(regexp.MustCompile(`, (\w+ [A-Z a-z])`).ReplaceAllString(c.columns, "\n$1"), "\n"), got); diff != "" {
				t.Errorf("the contract's -, the view's +: %s", diff)
			}
			// What is promised is also what a SELECT returns.
			rows, err := db.Query(t.Context(), "SELECT * FROM "+c.view)
			must(t, err)
			defer func() { _ = rows.Close() }()
			var selected []string
			for _, column := range rows.ColumnTypes() {
				kind := column.DatabaseTypeName()
				if kind == "String" || kind == "LowCardinality(String)" {
					kind = "text"
				}
				selected = append(selected, column.Name()+" "+kind)
			}
			if diff := cmp.Diff(got, selected); diff != "" {
				t.Errorf("described -, selected +: %s", diff)
			}
		})
	}
	want := map[string][]string{
		"runs":        {"run_id", "command", "state", "reason", "started_at", "finished_at", "exit_code", "requests", "refused", "rows", "revised", "retracted"},
		"extractions": {"run_id", "account", "granularity", "access_region", "gateway_type", "traffic_type", "window_begin", "window_end", "state", "reason", "request_id", "attempts", "points", "api_max", "api_avg", "api_total"},
		"data_checks": {"check_name", "state", "compared", "left_figure", "right_figure", "difference"},
	}
	for _, view := range moreViews {
		columns := table(t, db, "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = ?", view)
		for _, name := range want[view] {
			if !slices.Contains(columns, name) {
				t.Errorf("%s lacks %s: %v", view, name, columns)
			}
		}
	}
}

func TestEverythingHasAComment(t *testing.T) {
	_, db := open(t)
	if got := table(t, db, "SELECT name FROM system.tables WHERE database = currentDatabase() AND empty(comment)"); len(got) > 0 {
		t.Errorf("without a comment: %v", got)
	}
	if got := table(t, db, "SELECT concat(table, '.', name) FROM system.columns WHERE database = currentDatabase() AND empty(comment) AND table != 'schema_migrations'"); len(got) > 0 {
		t.Errorf("without a comment: %v", got)
	}
	if got := table(t, db, "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%View' AND create_table_query NOT LIKE '%SQL SECURITY DEFINER%'"); len(got) > 0 {
		t.Errorf("not SQL SECURITY DEFINER: %v", got)
	}
	if got := table(t, db, "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%View'"); !containsAll(got, contractViews()) {
		t.Errorf("views %v, want at least %v", got, contractViews())
	}
	// A column of the same name means the same everywhere: a typo in one of twenty files shows here.
	if got := table(t, db, `SELECT concat(name, ': ', arrayStringConcat(groupUniqArray(type), ' and ')) FROM system.columns
WHERE database = currentDatabase() AND name NOT IN ('rows', 'attempts', 'reported', 'revised', 'retracted', 'version') GROUP BY name HAVING uniqExact(type) > 1`); len(got) > 0 {
		t.Errorf("of different types: %v", got)
	}
}

func containsAll(all, some []string) bool {
	for _, s := range some {
		if !slices.Contains(all, s) {
			return false
		}
	}
	return true
}

// A reader with nothing but SELECT on the views, and a profile that refuses every setting, reads all of them and nothing else.
func TestReaderReadsTheViewsAlone(t *testing.T) {
	const database = "mnaflow"
	var grants []string
	for _, v := range contractViews() {
		grants = append(grants, fmt.Sprintf("GRANT SELECT ON %s.%s", database, v))
	}
	server := chtest.Server(t, chlocal.Options{Users: []chlocal.User{
		{Name: "reader", Password: "secret", ReadOnly: true, Grants: grants},
		{Name: "watcher", Password: "secret", ReadOnly: true},
		{Name: "writer", Password: "secret", Grants: []string{"GRANT SELECT, INSERT ON " + database + ".*"}},
	}})
	w := connect(t, load.Config{Addresses: []string{server.TCPAddr()}, Database: database, Username: "default", Password: server.Password()})
	must(t, w.Migrate(t.Context()))
	s := named("main", flow.Hourly, flow.Uplink)

	// Loads need no more than SELECT and INSERT.
	writer := connect(t, load.Config{Addresses: []string{server.TCPAddr()}, Database: database, Username: "writer", Password: "secret"})
	now := serverNow(t, dial(t, server.TCPAddr(), "default", server.Password(), database))
	must(t, writer.Configure(t.Context(), []flow.Setting{setting(s, hours.Floor(now.AddDate(0, 0, -1)), hours.Zone(), 0)}, now))
	_, err := writer.Clock(t.Context())
	must(t, err)
	begin := hours.Floor(now.AddDate(0, 0, -1))
	write(t, writer, runID(1), answer(s, hours, begin, 1, now, false, 5, absent, 7))
	write(t, writer, runID(1), answer(s, hours, begin, 2, now, false, 5, 6, absent))
	must(t, writer.Record(t.Context(), flow.Run{ID: runID(1), Started: now, State: "done"}, now))

	reader := dial(t, server.TCPAddr(), "reader", "secret", database)
	for view, want := range map[string]int{
		"usage_hourly": 2, "usage_hourly_filled": 3, "usage_daily": 0, "flow_hourly": 2, "flow_daily": 0, "flow_revisions": 2, "flow_coverage": 1, "flow_gaps": 1, "runs": 1, "extractions": 2, "data_checks": 0,
		"flow_hourly_as_of": 2, "flow_daily_as_of": 0, "usage_daily_as_of": 0,
	} {
		var got uint64
		if err := reader.QueryRow(t.Context(), "SELECT count() FROM (SELECT * FROM "+readable(view)+")").Scan(&got); err != nil || int(got) != want {
			t.Errorf("%s: %d rows, %v; want %d", view, got, err, want)
		}
	}
	for _, table := range table(t, dial(t, server.TCPAddr(), "default", server.Password(), database), "SELECT name FROM system.tables WHERE database = currentDatabase()") {
		if slices.Contains(contractViews(), table) {
			continue
		}
		err := reader.Exec(t.Context(), "SELECT * FROM "+table)
		if e, ok := errors.AsType[*clickhouse.Exception](err); !ok || e.Code != 497 {
			t.Errorf("%s: %v, want code 497, not enough privileges", table, err)
		}
	}

	// A load as a user that may not write says so, in one line, and writes nothing.
	for name, want := range map[string]string{"reader": "readonly", "watcher": "readonly"} {
		r := connect(t, load.Config{Addresses: []string{server.TCPAddr()}, Database: database, Username: name, Password: "secret"})
		err := r.Record(t.Context(), flow.Run{ID: runID(2), Started: now}, now)
		told(t, name, err, want)
	}
	for name, password := range map[string]string{"reader": "wrong", "nobody": ""} {
		r := connect(t, load.Config{Addresses: []string{server.TCPAddr()}, Database: database, Username: name, Password: password})
		told(t, name, r.Check(t.Context()), "refused user "+name, "check clickhouse.username and clickhouse.password")
		told(t, name, r.Migrate(t.Context()), "refused user "+name, "check clickhouse.username and clickhouse.password")
	}
}

// A statement that reads a view as it is declared sees the types that the view has: an Int64 for a UInt64 would be an
// error when it is scanned.
func TestDeclaredQueriesHaveTheViewsTypes(t *testing.T) {
	_, db := open(t)
	var database string
	must(t, db.QueryRow(t.Context(), "SELECT currentDatabase()").Scan(&database))
	for _, v := range migrations.Views() {
		if strings.HasSuffix(v.Name, "_as_of") {
			continue // it needs a parameter, and no statement of this program reads it
		}
		types := func(of string) []string {
			rows, err := db.Query(t.Context(), "SELECT * FROM "+of+" LIMIT 0")
			must(t, err)
			defer func() { _ = rows.Close() }()
			var out []string
			for _, c := range rows.ColumnTypes() {
				kind := strings.Replace(c.DatabaseTypeName(), "LowCardinality(String)", "String", 1)
				out = append(out, c.Name()+" "+kind)
			}
			return out
		}
		declared := migrations.Qualify(migrations.Inline("mnaflow."+v.Name), database)
		if diff := cmp.Diff(types(v.Name), types(declared)); diff != "" {
			t.Errorf("%s: the view's -, its query's +: %s", v.Name, diff)
		}
	}
}
