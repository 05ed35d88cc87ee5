package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/migrations"
)

// assignment is a setting of the server's with another value than its own.
type assignment struct{ name, value string }

func (a assignment) String() string { return a.name + "=" + a.value }

// assignments lists the settings of the server that a sweep tries, with values to try, each setting's first values
// before its second ones, so that a batch of neighbours names each setting once. refused counts the values that the
// server takes for none.
func assignments(t *testing.T, conn driver.Conn) (out []assignment, settings, refused int) {
	t.Helper()
	for _, statement := range []string{
		"CREATE TABLE probe (x UInt64) ENGINE = ReplacingMergeTree ORDER BY x",
		"INSERT INTO probe SELECT number FROM numbers(10)",
	} {
		if err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := conn.Query(t.Context(),
		"SELECT name, type, value FROM system.settings WHERE NOT is_obsolete ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	var rounds [][]assignment
	for rows.Next() {
		var name, kind, value string
		if err := rows.Scan(&name, &kind, &value); err != nil {
			t.Fatal(err)
		}
		if settings++; !chosen(name, settings) {
			continue
		}
		round := 0
		for _, v := range otherValues(t, conn, name, kind, value) {
			if v == value {
				continue
			}
			err := conn.Exec(with(t.Context(), []assignment{{name, v}}), needsAll)
			if e, ok := errors.AsType[*clickhouse.Exception](err); ok && noValue[e.Code] {
				refused++
				continue
			}
			if round == len(rounds) {
				rounds = append(rounds, nil)
			}
			rounds[round] = append(rounds[round], assignment{name, v})
			round++
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return slices.Concat(rounds...), settings, refused
}

// needsAll is a statement that looks at the settings of each stage of a query, so that what is no value of one is
// refused.
const needsAll = `
SELECT a.x, count() FROM (SELECT x FROM probe FINAL ORDER BY x) AS a INNER JOIN probe AS b ON a.x = b.x
GROUP BY a.x ORDER BY a.x FORMAT Null`

// noValue are the codes that say so: BAD_ARGUMENTS, ARGUMENT_OUT_OF_BOUND, INVALID_SETTING_VALUE, UNKNOWN_READ_METHOD,
// a text that is no number, UNKNOWN_SETTING and READONLY: not to be set by a query.
var noValue = map[int32]bool{
	36: true, 69: true, 471: true, 616: true, 6: true, 27: true, 38: true, 41: true, 53: true, 70: true, 72: true,
	115: true, 164: true, 392: true, 407: true, 452: true,
}

// otherValues are values to try of a setting.
func otherValues(t *testing.T, conn driver.Conn, name, kind, value string) []string {
	t.Helper()
	switch name {
	case "compatibility":
		return []string{"20.1", "21.8", "22.3", "23.8", "24.3", "24.8", "25.3", "26.1"}
	case "additional_table_filters":
		return []string{
			"{'mnaflow.facts':'0'}", "{'mnaflow.ledger':'0', 'mnaflow.series':'0'}", "{'mnaflow.usage_daily':'0'}",
		}
	case "additional_result_filter":
		return []string{"0"}
	case "force_data_skipping_indices", "ignore_data_skipping_indices":
		return []string{"by_version"}
	case "session_timezone":
		return []string{"Asia/Tokyo", "America/New_York"}
	}
	number := regexp.MustCompile(`-?\d+`).FindString(value)
	n, _ := strconv.ParseInt(number, 10, 64)
	switch {
	case strings.Contains(name, "bandwidth"):
		return []string{"1000000000"} // a byte a second would be slow and no more
	case strings.HasPrefix(kind, "Bool"):
		return []string{map[bool]string{true: "0", false: "1"}[value == "1" || value == "true"]}
	case kind == "Seconds", kind == "Milliseconds", kind == "MaxThreads", kind == "NonZeroUInt64",
		strings.HasPrefix(kind, "UInt"), strings.HasPrefix(kind, "Int"):
		return []string{"0", "1", strconv.FormatInt(n*2+3, 10)}
	case strings.HasPrefix(kind, "Float"), kind == "Double":
		return []string{"0", "0.5", "1"}
	case kind == "String":
		return []string{"x", "1"}
	case kind == "Map":
		return []string{"{'a':'b'}"}
	case kind == "Char":
		return []string{";"}
	}
	// The names of an enumeration are in the message that refuses another.
	err := conn.Exec(with(t.Context(), []assignment{{name, "no such value"}}), "SELECT 1")
	e, _ := errors.AsType[*clickhouse.Exception](err)
	if e == nil {
		return []string{"0", "1"}
	}
	_, list, _ := strings.Cut(e.Message, "one of ")
	var out []string
	for _, m := range regexp.MustCompile(`'([^']*)'`).FindAllStringSubmatch(list, -1) {
		out = append(out, m[1])
	}
	return slices.DeleteFunc(append(out, "0", "1"), func(v string) bool {
		return conn.Exec(with(t.Context(), []assignment{{name, v}}), "SELECT 1") != nil
	})
}

// chosen says whether a sweep tries the n-th setting: each at full width, else those that matter and a few of the
// others.
func chosen(name string, n int) bool {
	_, pinned := migrations.Settings()[name]
	matters := []string{
		"additional_result_filter", "compatibility", "enable_analyzer", "function_implementation", "limit", "offset",
		"rewrite_in_to_join",
	}
	return fullWidth() || pinned || n%50 == 0 || slices.Contains(matters, name)
}

// apart splits assignments into batches without the exceptions, of which each is tried alone.
func apart(all []assignment, size int, exception func(assignment) bool) (batches [][]assignment) {
	var alone [][]assignment
	var plain []assignment
	for _, a := range all {
		if exception(a) {
			alone = append(alone, []assignment{a})
		} else {
			plain = append(plain, a)
		}
	}
	for len(plain) > 0 {
		n := min(size, len(plain))
		for i := 1; i < n; i++ { // the next round of values begins with settings that the last one ends with
			if slices.ContainsFunc(plain[:i], func(a assignment) bool { return a.name == plain[i].name }) {
				n = i
			}
		}
		batches = append(batches, plain[:n])
		plain = plain[n:]
	}
	if !fullWidth() { // each takes two passes: the first values of each setting have to do
		return batches[:1]
	}
	return append(batches, alone...)
}

// with is a context whose statements have settings.
func with(ctx context.Context, batch []assignment) context.Context {
	settings := clickhouse.Settings{}
	for _, a := range batch {
		settings[a.name] = a.value
	}
	return clickhouse.Context(ctx, clickhouse.WithSettings(settings))
}

// changes make the API change its mind between two passes that are 26 hours apart.
func (r *rig) changes() {
	r.t.Helper()
	hour := r.clock().Add(-20 * time.Hour).Truncate(time.Hour)
	for i, change := range []apisim.Restatement{{Factor: &apisim.Ratio{Num: 3, Den: 2}}, {Remove: true}} {
		change.Region, change.Begin = "MC", hour.Add(time.Duration(i)*time.Hour)
		change.End = change.Begin.Add(time.Hour)
		change.At = r.clock().Add(time.Hour)
		if err := r.sim.Restate(change); err != nil {
			r.t.Fatal(err)
		}
	}
}

// column reads the one column of a query, in order.
func (r *rig) column(query string) []string {
	r.t.Helper()
	rows, err := r.conn.Query(r.t.Context(), query)
	if err != nil {
		r.t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			r.t.Fatal(err)
		}
		out = append(out, line)
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// as makes the program another user, without a password, of another database.
func (r *rig) as(user, database string) {
	r.t.Helper()
	data, err := os.ReadFile(r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	login := regexp.MustCompile(`(username: \w+, )?password: "[^"]*", database: \w+`)
	text := login.ReplaceAllString(string(data), fmt.Sprintf(`username: %s, password: "", database: %s`, user, database))
	if err := os.WriteFile(r.config, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// Reasons of exceptions that the program and readers have in common.
const (
	isLimit    = "a limit that an operator sets: the statement fails, and says which"
	isPart     = "asks for a part of the answer"
	isTest     = "makes the server fail, for its own tests"
	isLanguage = "the statement is in another language"
	isGarbage  = "no value: the server refuses it when it is used"

	isDistributed = "plans that are distributed do not know every step yet: the statement fails"
	isJoinOrder   = "an order of joins that does not know every join: the statement fails, and says what to add"
)

// limits are settings whose low values end statements.
func limits() map[string]string {
	out := map[string]string{}
	for _, name := range []string{
		"force_data_skipping_indices", "function_range_max_elements_in_block", "lock_acquire_timeout",
		"max_execution_time", "max_ast_depth", "max_ast_elements", "max_bytes_before_external_join",
		"max_bytes_in_distinct", "max_bytes_in_join", "max_bytes_in_set", "max_bytes_to_read",
		"max_bytes_to_read_leaf", "max_bytes_to_sort", "max_columns_to_read", "max_concurrent_queries_for_all_users",
		"max_concurrent_queries_for_user", "max_expanded_ast_elements", "max_memory_usage",
		"max_memory_usage_for_user", "max_os_cpu_wait_time_ratio_to_throw", "max_parser_backtracks",
		"max_parser_depth", "max_partitions_per_insert_block", "max_partitions_to_read", "max_query_size",
		"max_result_bytes", "max_result_rows", "max_rows_in_distinct", "max_rows_in_join", "max_rows_in_set",
		"max_rows_to_group_by", "max_rows_to_read", "max_rows_to_read_leaf", "max_rows_to_sort", "max_subquery_depth",
		"max_temporary_columns", "max_temporary_non_const_columns", "min_free_disk_ratio_to_perform_insert",
		"parts_to_throw_insert", "query_plan_max_optimizations_to_apply",
		"joined_block_split_single_row", // is refused together with max_joined_block_size_rows = 0, which a batch may hold
	} {
		out[name] = isLimit
	}
	return out
}

// exceptions are the limits and others.
func exceptions(others map[string]string) map[string]string {
	out := limits()
	maps.Copy(out, others)
	return out
}
