package loadtest

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Must fails unless err is nil.
func Must(t Tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Table returns the rows of a query with one column of text, so that a failed comparison is a readable diff.
func Table(t Tester, db driver.Conn, query string, args ...any) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var s string
		Must(t, rows.Scan(&s))
		out = append(out, s)
	}
	Must(t, rows.Err())
	return out
}

// Execute runs statements, one after the other.
func Execute(t Tester, db driver.Conn, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if err := db.Exec(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// Database is the name of a connection's database.
func Database(t Tester, db driver.Conn) string {
	t.Helper()
	return Table(t, db, "SELECT currentDatabase()")[0]
}

// Schema lists the tables and views of a database, one a line, with DB in place of the database's name.
func Schema(t Tester, db driver.Conn) []string {
	t.Helper()
	return Table(t, db, `SELECT concat(name, ': ', replaceAll(create_table_query, currentDatabase(), 'DB'))
FROM system.tables WHERE database = currentDatabase() ORDER BY name`)
}

// Now is the time of the server's clock, which views use.
func Now(t Tester, db driver.Conn) time.Time {
	t.Helper()
	var now time.Time
	Must(t, db.QueryRow(t.Context(), "SELECT now('UTC')").Scan(&now))
	return now.UTC()
}

// Peak returns a context that notes in bytes the largest memory that any one of its statements took.
func Peak(ctx context.Context, bytes *int64) context.Context {
	return clickhouse.Context(ctx, clickhouse.WithProfileEvents(func(events []clickhouse.ProfileEvent) {
		for _, e := range events {
			if e.Name == "MemoryTrackerPeakUsage" {
				*bytes = max(*bytes, e.Value)
			}
		}
	}))
}

// Days is how many days of data a test has: MNAFLOW_TEST_DAYS if that is set, otherwise days.
func Days(t Tester, days int) int {
	t.Helper()
	if text := os.Getenv("MNAFLOW_TEST_DAYS"); text != "" {
		var err error
		days, err = strconv.Atoi(text)
		Must(t, err)
	}
	return days
}

// Readable is a view's name for FROM, with a value for its parameter if it has one.
func Readable(view string) string {
	if strings.HasSuffix(view, "_as_of") {
		return view + "(at = '2100-01-01')"
	}
	return view
}

// Dial is a plain connection as a user.
func Dial(t testing.TB, addr, user, password, database string) driver.Conn {
	t.Helper()
	conn, err := clickhouse.Open(&clickhouse.Options{
		Addr: []string{addr}, Auth: clickhouse.Auth{Database: database, Username: user, Password: password},
	})
	Must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// WantError fails unless err is one line of class Warehouse that contains all of want and no password.
func WantError(t testing.TB, what string, err error, want ...string) {
	t.Helper()
	if err == nil || flow.ClassOf(err) != flow.Warehouse ||
		strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "secret") {
		t.Errorf("%s: %v, want one line of class warehouse", what, err)
		return
	}
	for _, s := range want {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("%s: %v, want %q in it", what, err, s)
		}
	}
}
