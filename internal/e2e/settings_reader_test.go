package e2e

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/migrations"
)

// No setting of a reader's changes what a view shows, whatever the reader may set.
func TestSettingsOfReaders(t *testing.T) {
	t.Parallel()
	const database = "mnaflow"
	var grants []string
	for _, view := range migrations.PublicViews() {
		grants = append(grants, "GRANT SELECT ON "+database+"."+view)
	}
	tried, settings, refused := assignments(t, chtest.Open(t).Conn(t))
	allowed := readerExceptions()
	batches := apart(tried, 64, func(a assignment) bool { _, known := allowed[a.name]; return known })
	// Who may set anything sets it with the statement. Who may set nothing has it in the profile.
	profile := []chlocal.Setting{{Name: "readonly", Value: "1"}}
	for _, a := range batches[0] {
		profile = append(profile, chlocal.Setting{Name: a.name, Value: a.value})
	}
	server := chtest.Server(t, chlocal.Options{Users: []chlocal.User{
		{Name: "reader", Settings: []chlocal.Setting{{Name: "readonly", Value: "2"}}, Grants: grants},
		{Name: "bound", Settings: profile, Grants: grants},
	}})
	r := newRigOn(t, chtest.On(server, "default"), start, unlimited(), few)
	r.edit("database: default", "database: "+database)
	r.changes()
	r.must("migrate")
	r.must("run")
	r.advance(26 * time.Hour)
	r.must("run")
	r.must("verify")
	reader, bound := r.reader("reader"), r.reader("bound")
	want, err := shown(t.Context(), reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func() ([]string, error){
		"readonly = 0": func() ([]string, error) { return shown(with(t.Context(), batches[0]), r.conn) },
		"readonly = 1": func() ([]string, error) { return shown(t.Context(), bound) },
	} {
		if got, err := read(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v %s", name, err, firstDifference(want, got))
		}
	}
	count := len(slices.Concat(batches...))
	differ := map[string]bool{}
	var try func(batch []assignment)
	try = func(batch []assignment) {
		got, err := shown(with(t.Context(), batch), reader)
		if err == nil && slices.Equal(got, want) {
			return
		}
		if len(batch) > 1 {
			try(batch[:len(batch)/2])
			try(batch[len(batch)/2:])
			return
		}
		if want, err = shown(t.Context(), reader); err != nil { // an hour may have passed
			t.Fatal(err)
		}
		if got, err = shown(with(t.Context(), batch), reader); err == nil && slices.Equal(got, want) {
			return
		}
		differ[batch[0].name] = true
		if _, known := allowed[batch[0].name]; !known {
			t.Errorf("%s: %v %s", batch[0], err, firstDifference(want, got))
		}
	}
	for _, batch := range batches {
		try(batch)
	}
	if fullWidth() {
		for name, reason := range allowed {
			if !differ[name] && reason != isLimit { // whether a limit is met depends on the machine
				t.Errorf("%s is no exception", name)
			}
		}
	}
	t.Logf("%d settings, %d values tried, %d refused; %d settings change what a reader gets",
		settings, count, refused, len(differ))
}

// reader is a connection of a user without a password.
func (r *rig) reader(user string) driver.Conn {
	r.t.Helper()
	conn, err := clickhouse.Open(&clickhouse.Options{Addr: []string{r.db.Addr}, Auth: clickhouse.Auth{Username: user}})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// shown reads every public view whole, a line a row.
func shown(ctx context.Context, conn driver.Conn) ([]string, error) {
	var out []string
	for _, view := range migrations.PublicViews() {
		from := view
		if strings.HasSuffix(view, "_as_of") {
			from += "(at = '2030-01-01')"
		}
		rows, err := conn.Query(ctx, "SELECT * FROM mnaflow."+from)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", view, err)
		}
		lines, err := scanned(view, rows)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", view, err)
		}
		slices.Sort(lines)
		out = append(out, lines...)
	}
	return out, nil
}

func scanned(view string, rows driver.Rows) ([]string, error) {
	var out []string
	for rows.Next() {
		var into []any
		for _, c := range rows.ColumnTypes() {
			into = append(into, reflect.New(c.ScanType()).Interface())
		}
		if err := rows.Scan(into...); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		line := view
		for _, v := range into {
			value := reflect.ValueOf(v).Elem()
			for value.Kind() == reflect.Pointer && !value.IsNil() {
				value = value.Elem()
			}
			line += fmt.Sprintf("\t%v", value.Interface())
		}
		out = append(out, line)
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

func firstDifference(want, got []string) string {
	for i, line := range want {
		if i >= len(got) || got[i] != line {
			other := "nothing"
			if i < len(got) {
				other = got[i]
			}
			return fmt.Sprintf("%d rows, want %d; %q, want %q", len(got), len(want), other, line)
		}
	}
	return fmt.Sprintf("%d rows, want %d", len(got), len(want))
}

// readerExceptions are the settings that change what a reader gets, and why they may.
func readerExceptions() map[string]string {
	const (
		isOld = "the analyzer of before 24.3 reads parameterised views with the rights of the reader: " +
			"it fails for who has none on the tables"
		isFinal = "FINAL is not read from several replicas at once: the statement fails"
	)
	return exceptions(map[string]string{
		"additional_result_filter":                          isPart,
		"additional_table_filters":                          isPart + ", where it names the view itself",
		"allow_experimental_analyzer":                       isOld,
		"allow_experimental_parallel_reading_from_replicas": isFinal,
		"asterisk_include_virtual_columns":                  "asks for more columns in SELECT *",
		"compatibility":                                     isOld,
		"discard_query_data":                                "asks for no answer",
		"enable_analyzer":                                   isOld,
		"enable_parallel_replicas":                          isFinal,
		"extremes":                                          "asks for the least and the greatest values beside the answer",
		"force_optimize_projection":                         isLimit,
		"force_optimize_projection_name":                    isLimit,
		"implicit_transaction":                              isTest,
		"inject_random_order_for_select_without_order_by":   isTest,
		"limit":                            isPart,
		"make_distributed_plan":            isDistributed,
		"memory_tracker_fault_probability": isTest,
		"output_format_native_encode_types_in_binary_format": "another format",
		"query_plan_optimize_join_order_algorithm":           isJoinOrder,
		"readonly":                    "forbids the reader to set anything else",
		"unknown_packet_in_send_data": isTest,
		"offset":                      isPart,
	})
}
