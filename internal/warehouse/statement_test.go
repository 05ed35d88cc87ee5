package warehouse_test

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
	"github.com/mnaflow/mnaflow/internal/trace"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// endless is a query that only ends when it is ended.
const endless = `SELECT sum(cityHash64(a.number, b.number))
FROM numbers(1000000000) AS a CROSS JOIN numbers(1000000000) AS b`

// executing lists the statements of a database that the server executes, but for the one that asks, and those that have
// just ended another: the server forgets a statement a moment after it has answered.
func executing(t *testing.T, db driver.Conn) []string {
	t.Helper()
	return table(t, db, `SELECT query FROM system.processes
WHERE current_database = currentDatabase() AND query_id != queryID() AND query != 'SELECT 1'`)
}

// A read whose time is up is over on the server too, whatever the protocol.
func TestTimeOutEndsTheStatement(t *testing.T) {
	server := chtest.Open(t)
	db := server.Conn(t)
	for name, config := range ways(server) {
		config.Timeout = 300 * time.Millisecond
		_, _, err := connect(t, config).Table(t.Context(), endless)
		wantError(t, name, err, "no answer within 300ms")
		if got := executing(t, db); len(got) > 0 {
			t.Errorf("%s: %v is executed still", name, got)
		}
	}
}

// So is one whose caller has enough.
func TestInterruptEndsTheStatement(t *testing.T) {
	server := chtest.Open(t)
	db := server.Conn(t)
	for name, config := range ways(server) {
		ctx, interrupt := context.WithCancel(t.Context())
		go func() {
			for len(executing(t, db)) == 0 && ctx.Err() == nil { //nolint:revive // waits for the statement to begin
			}
			interrupt()
		}()
		if _, _, err := connect(t, config).Table(ctx, endless); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want an interrupt", name, err)
		}
		if got := executing(t, db); len(got) > 0 {
			t.Errorf("%s: %v is executed still", name, got)
		}
	}
}

// Where the connection is stalled, and nobody tells the server anything over it, another one ends the statement.
func TestTimeOutOnAStalledConnection(t *testing.T) {
	server := chtest.Open(t)
	db := server.Conn(t)
	for name, config := range ways(server) {
		p := stallable(t, config.Addresses[0])
		config.Addresses, config.Timeout = []string{p.addr}, 2*time.Second
		w := connect(t, config)
		ended := make(chan error, 1)
		go func() { _, _, err := w.Table(t.Context(), endless); ended <- err }()
		for len(executing(t, db)) == 0 { //nolint:revive // waits for the statement to begin
		}
		p.stall()
		wantError(t, name, <-ended, "no answer within 2s")
		if got := executing(t, db); len(got) > 0 {
			t.Errorf("%s: %v is executed still", name, got)
		}
	}
}

// An insert that takes too long has ended before it is tried again.
func TestTriesDoNotOverlap(t *testing.T) {
	server := chtest.Open(t)
	db := server.Conn(t)
	must(t, connect(t, ways(server)["native"]).Migrate(t.Context()))
	execute(t, db, `CREATE MATERIALIZED VIEW slow ENGINE = Null AS
SELECT cityHash64(f.bytes, n.number) AS x FROM facts AS f CROSS JOIN numbers(1000000000000) AS n`)
	for name, config := range ways(server) {
		config.Timeout = 500 * time.Millisecond
		enough := errors.New("enough")
		tries := 0
		w := loadtest.ConnectWith(t, config, warehouse.Dependencies{
			Wait: func(context.Context, time.Duration) error {
				if tries == 3 {
					return enough
				}
				return nil
			},
			Trace: trace.Trace{Insert: func(table string) func() {
				if table == "facts" {
					tries++
					got := executing(t, db)
					// That of history has ended, but the server may list it a moment longer than its answer takes.
					got = slices.DeleteFunc(got, func(q string) bool { return !strings.HasPrefix(q, "INSERT INTO facts") })
					if len(got) > 0 {
						t.Errorf("%s: at try %d %v is executed still", name, tries, got)
					}
				}
				return func() {}
			}},
		})
		one := answer(named("main", flow.Hourly, flow.Total), hours, at("2026-01-01"), 1, at("2026-02-01"), true, 5)
		err := w.Store(t.Context(), runID(1), []flow.Attempt{one}, loadtest.AcceptAll)
		if !errors.Is(err, enough) || tries != 3 {
			t.Errorf("%s: %v after %d tries, want 3", name, err, tries)
		}
		if got := executing(t, db); len(got) > 0 {
			t.Errorf("%s: at the end %v is executed still", name, got)
		}
	}
}

// Every statement has an id that is not used for another, and says whose it is.
func TestStatementIDs(t *testing.T) {
	server := chtest.Open(t)
	for name, config := range ways(server) {
		w := connect(t, config)
		var ids []string
		for range 2 {
			_, answer, err := w.Table(t.Context(), "SELECT queryID()")
			must(t, err)
			ids = append(ids, answer[0][0].(string))
		}
		if ids[0] == ids[1] || !strings.HasPrefix(ids[0], "mnaflow-") || !strings.HasPrefix(ids[1], "mnaflow-") {
			t.Errorf("%s: %v", name, ids)
		}
	}
}

// A server that takes connections and greets nobody holds up nobody who leaves: the driver looks at no context while it
// waits for the greeting.
func TestLeaveAServerThatGreetsNobody(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Read(make([]byte, 1)) // it has begun to speak
		leave()
		_, _ = io.Copy(io.Discard, conn) // until it hangs up
		_ = conn.Close()
	}()
	w := connect(t, warehouse.Config{Addresses: []string{ln.Addr().String()}, Database: "mnaflow", Username: "default"})
	began := time.Now()
	if err := w.Check(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want to be cancelled", err)
	}
	if took := time.Since(began); took > 5*time.Second { // the greeting is awaited for ten
		t.Errorf("it took %s to leave", took)
	}
	must(t, ln.Close())
	<-ended
}
