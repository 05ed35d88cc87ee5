// Package loadtest gives tests a warehouse with tables, all that reads and writes it, and answers to store.
//
// Invariant: only tests import it, and whatever it opens is closed when the test ends.
package loadtest

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/mnaflow/mnaflow/internal/audit"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/report"
	"github.com/mnaflow/mnaflow/internal/warehouse"
	"github.com/mnaflow/mnaflow/load"
)

// Tester is a test, a benchmark, or one check of a property.
type Tester interface {
	rapid.TB
	Context() context.Context
}

// Warehouse is a database with its loader and reader.
type Warehouse struct {
	*warehouse.DB
	*load.Loader
	*report.Reader
	*audit.Auditor
}

// Check is the database's; Reader has one too.
func (w *Warehouse) Check(ctx context.Context) error { return w.DB.Check(ctx) }

// Open returns a warehouse with tables in a fresh database, and a plain connection to it.
func Open(t testing.TB) (*Warehouse, driver.Conn) {
	t.Helper()
	w, db := Bare(t)
	Must(t, w.Migrate(t.Context()))
	return w, db
}

// Bare is Open without tables.
func Bare(t testing.TB) (*Warehouse, driver.Conn) {
	t.Helper()
	db := chtest.Open(t)
	return Connect(t, Config(db)), db.Conn(t)
}

// Config connects to a database over the native protocol as the user default.
func Config(db chtest.DB) warehouse.Config {
	return warehouse.Config{
		Addresses: []string{db.Addr}, Database: db.Name, Username: "default", Password: db.Password,
	}
}

// Connect opens a warehouse that fails instead of waiting while the server is away.
func Connect(t testing.TB, config warehouse.Config) *Warehouse {
	t.Helper()
	return ConnectWith(t, config, warehouse.Dependencies{})
}

// ConnectWith is Connect with the test's own dependencies; for a nil one it takes Connect's.
func ConnectWith(t testing.TB, config warehouse.Config, deps warehouse.Dependencies) *Warehouse {
	t.Helper()
	if deps.Wait == nil {
		deps.Wait = func(context.Context, time.Duration) error { return errors.New("the test does not wait") }
	}
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	db, err := warehouse.Open(config, deps)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &Warehouse{db, load.New(db, deps.Trace, deps.Log), report.New(db), audit.New(db)}
}

// Main runs the tests of a package and fails if they leave a goroutine behind.
func Main(m *testing.M) {
	// golang-migrate leaves its readers behind when a file fails; the program then ends.
	const reader = "github.com/golang-migrate/migrate/v4.(*Migrate).readUp"
	goleak.VerifyTestMain(m, chtest.IgnoreServer(),
		goleak.IgnoreAnyFunction(reader), goleak.IgnoreAnyFunction(reader+".func2"))
}
