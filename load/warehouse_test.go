package load_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/load"
)

func TestMain(m *testing.M) {
	// A check here is a batch of sequences against a real warehouse. A -rapid.checks on the command line wins.
	if err := flag.Set("rapid.checks", "4"); err != nil {
		panic(err)
	}
	// golang-migrate leaves its readers behind when a file fails; the program then ends.
	const reader = "github.com/golang-migrate/migrate/v4.(*Migrate).readUp"
	goleak.VerifyTestMain(m, chtest.IgnoreServer(), goleak.IgnoreAnyFunction(reader), goleak.IgnoreAnyFunction(reader+".func2"))
}

// zones are some in which days are not all alike: whole and half hours of daylight saving, changes at midnight, offsets of quarters.
var zones = []string{"Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo", "Asia/Kathmandu", "Asia/Kolkata", "America/Havana"}

// impatient fails instead of waiting, so that a test that meets an absent warehouse ends.
func impatient(context.Context, time.Duration) error { return errors.New("the test does not wait") }

func connect(t testing.TB, config load.Config) *load.Warehouse {
	t.Helper()
	w, err := load.Open(config, load.Dependencies{Log: slog.New(slog.DiscardHandler), Wait: impatient})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// bare is a warehouse without tables, and a connection of the test's own to its database.
func bare(t testing.TB) (*load.Warehouse, driver.Conn) {
	t.Helper()
	db := chtest.Open(t)
	return connect(t, load.Config{Addresses: []string{db.Addr}, Database: db.Name, Username: "default", Password: db.Password}), db.Conn(t)
}

// open is a warehouse with tables.
func open(t testing.TB) (*load.Warehouse, driver.Conn) {
	t.Helper()
	w, db := bare(t)
	must(t, w.Migrate(t.Context()))
	return w, db
}

// tester is a test, or one check of a property.
type tester interface {
	rapid.TB
	Context() context.Context
}

func must(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// table reads a query's rows as text: a test's failure is then a diff that can be read.
func table(t tester, db driver.Conn, query string, args ...any) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var s string
		must(t, rows.Scan(&s))
		out = append(out, s)
	}
	must(t, rows.Err())
	return out
}

func execute(t tester, db driver.Conn, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if err := db.Exec(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func zone(t interface{ Fatal(...any) }, name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func at(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	panic(s)
}

// runID is the n-th run of a test.
func runID(n int) string { return fmt.Sprintf("00000000-0000-0000-0000-%012d", n) }

func named(account string, g flow.Granularity, traffic flow.TrafficType) flow.Series {
	return flow.Series{Account: account, Granularity: g, Region: flow.Europe, Gateway: flow.Public, Traffic: traffic}
}

// setting configures a series.
func setting(s flow.Series, start time.Time, z *time.Location, settle time.Duration) flow.Setting {
	return flow.Setting{Series: s, Start: start, Zone: z, Settle: settle, Refresh: 30 * time.Minute, Finality: 120 * time.Hour}
}

const absent = -1 // a bucket that an answer leaves out

// answer is an accepted attempt at consecutive buckets from begin on.
func answer(s flow.Series, c flow.Calendar, begin time.Time, version uint64, sent time.Time, final bool, values ...int64) flow.Attempt {
	a := flow.Attempt{
		Series: s, Calendar: c, State: flow.Accepted, RequestID: fmt.Sprintf("req-%d", version), Sent: flow.Stamp{At: sent, Version: version},
		Answered: sent.Add(time.Second), Requests: 1, Window: flow.Window{Begin: begin, End: c.Skip(begin, len(values))},
	}
	for i, v := range values {
		bucket := c.Skip(begin, i)
		f := flow.Fact{Bucket: bucket, Day: c.Day(bucket), Final: final}
		if v != absent {
			f.Bytes, f.Reported = uint64(v), true
			a.Extract.Reported++
		}
		a.Extract.Facts = append(a.Extract.Facts, f)
	}
	return a
}

// write stores attempts as a pass does.
func write(t testing.TB, w *load.Warehouse, run string, attempts ...flow.Attempt) []flow.Attempt {
	t.Helper()
	attempts = slices.Clone(attempts)
	held, err := w.Held(t.Context(), attempts)
	must(t, err)
	must(t, w.Store(t.Context(), run, attempts, held))
	return attempts
}

func newRun() string { return uuid.NewString() }

// dial is a plain connection as a user.
func dial(t *testing.T, addr, user, password, database string) driver.Conn {
	t.Helper()
	conn, err := clickhouse.Open(&clickhouse.Options{Addr: []string{addr}, Auth: clickhouse.Auth{Database: database, Username: user, Password: password}})
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// told fails unless err is one line of class warehouse that says all of want, and no password.
func told(t *testing.T, what string, err error, want ...string) {
	t.Helper()
	if err == nil || flow.ClassOf(err) != flow.Warehouse || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "secret") {
		t.Errorf("%s: %v, want one line of class warehouse", what, err)
		return
	}
	for _, s := range want {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("%s: %v, want %q in it", what, err, s)
		}
	}
}
