// Package chtest gives tests a real ClickHouse: a fresh database each, on one server that all
// tests of a test binary share.
//
// Invariant: a test never runs without ClickHouse, and is never skipped because there is none. The
// shared server is started by the first test that asks and ends with the test binary.
package chtest

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/mnaflow/mnaflow/internal/chlocal"
)

// Env names the variable with host:port of a ClickHouse (native protocol, user default with the
// password in CLICKHOUSE_PASSWORD, or none) to be used instead of the embedded one.
const Env = "MNAFLOW_TEST_CLICKHOUSE"

// bound is how long a start may take, which may have to fetch the engine, or a clean-up.
const bound = 5 * time.Minute

// DB is a database of the test's own.
type DB struct {
	Addr     string // host:port of the native protocol
	HTTPAddr string // host:port of HTTP; empty with a server named by Env
	Password string // of the user default
	Name     string
}

// A process-wide server costs 0.3 s and 200 MB once instead of once a test. It is never
// closed: it ends with this process.
var shared = sync.OnceValues(func() (DB, error) {
	if addr := os.Getenv(Env); addr != "" {
		return DB{Addr: addr, Password: os.Getenv("CLICKHOUSE_PASSWORD")}, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	s, err := chlocal.Start(ctx, chlocal.Options{Progress: progress, TempDir: memory()})
	if err != nil {
		return DB{}, err
	}
	return On(s, ""), nil
})

func progress(msg string) { _, _ = os.Stderr.WriteString("chtest: " + msg + "\n") }

// On is a database on a server of the test's own.
func On(s *chlocal.Server, name string) DB {
	return DB{Addr: s.TCPAddr(), HTTPAddr: s.HTTPAddr(), Password: s.Password(), Name: name}
}

// Open returns a fresh, empty database, dropped when the test ends.
func Open(t testing.TB) DB {
	t.Helper()
	db, err := shared()
	if err != nil {
		t.Fatalf("start the ClickHouse of the tests: %v", err)
	}
	db.Name = "test_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	admin := connect(t, db, "")
	exec(t, admin, "CREATE DATABASE "+db.Name)
	t.Cleanup(func() { exec(t, admin, "DROP DATABASE IF EXISTS "+db.Name+" SYNC") })
	return db
}

// Conn is a connection to the database, closed when the test ends.
func (d DB) Conn(t testing.TB) driver.Conn {
	t.Helper()
	return connect(t, d, d.Name)
}

// Server starts a server of the test's own, closed when the test ends. The test may stop it.
func Server(t testing.TB, o chlocal.Options) *chlocal.Server {
	t.Helper()
	if o.Progress == nil {
		o.Progress = progress
	}
	if o.TempDir == "" {
		o.TempDir = memory()
	}
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	s, err := chlocal.Start(ctx, o)
	if err != nil {
		t.Fatalf("start a ClickHouse: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("stop the test's ClickHouse: %v", err)
		}
	})
	return s
}

// IgnoreServer is for goleak: the shared server's one goroutine is there until the end.
func IgnoreServer() goleak.Option {
	return goleak.IgnoreAnyFunction("github.com/mnaflow/mnaflow/internal/chlocal.(*Server).wait")
}

func connect(t testing.TB, d DB, database string) driver.Conn {
	t.Helper()
	conn, err := clickhouse.Open(&clickhouse.Options{Addr: []string{d.Addr},
		Auth: clickhouse.Auth{Database: database, Username: "default", Password: d.Password}})
	if err != nil {
		t.Fatalf("open ClickHouse at %s: %v", d.Addr, err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func exec(t testing.TB, conn driver.Conn, query string) {
	t.Helper()
	// Not the test's own context, which has ended when this cleans up.
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	if err := conn.Exec(ctx, query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}
