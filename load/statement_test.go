package load_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/load"
)

// endless is a query that only ends when it is ended.
const endless = "SELECT sum(cityHash64(a.number, b.number)) FROM numbers(1000000000) AS a CROSS JOIN numbers(1000000000) AS b"

// ways lead to a database of a server.
func ways(server chtest.DB) map[string]load.Config {
	config := load.Config{Addresses: []string{server.Addr}, Database: server.Name, Username: "default", Password: server.Password}
	web := config
	web.Addresses, web.HTTP = []string{server.HTTPAddr}, true
	return map[string]load.Config{"native": config, "HTTP": web}
}

// executing lists the statements of a database that the server executes, but for the one that asks, and those that have just ended another:
// the server forgets a statement a moment after it has answered.
func executing(t *testing.T, db driver.Conn) []string {
	t.Helper()
	return table(t, db, "SELECT query FROM system.processes WHERE current_database = currentDatabase() AND query_id != queryID() AND query != 'SELECT 1'")
}

// A read whose time is up is over on the server too, whatever the protocol.
func TestTimeOutEndsTheStatement(t *testing.T) {
	server := chtest.Open(t)
	db := server.Conn(t)
	for name, config := range ways(server) {
		config.Timeout = 300 * time.Millisecond
		_, _, err := connect(t, config).Ask(t.Context(), endless)
		told(t, name, err, "no answer within 300ms")
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
		if _, _, err := connect(t, config).Ask(ctx, endless); !errors.Is(err, context.Canceled) {
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
		go func() { _, _, err := w.Ask(t.Context(), endless); ended <- err }()
		for len(executing(t, db)) == 0 { //nolint:revive // waits for the statement to begin
		}
		p.stall()
		told(t, name, <-ended, "no answer within 2s")
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
	execute(t, db, "CREATE MATERIALIZED VIEW slow ENGINE = Null AS SELECT cityHash64(f.bytes, n.number) AS x FROM facts AS f CROSS JOIN numbers(1000000000000) AS n")
	for name, config := range ways(server) {
		config.Timeout = 500 * time.Millisecond
		enough := errors.New("enough")
		tries := 0
		w, err := load.Open(config, load.Dependencies{
			Log: slog.New(slog.DiscardHandler),
			Wait: func(context.Context, time.Duration) error {
				if tries == 3 {
					return enough
				}
				return nil
			},
			Observe: func(table string) func() {
				if table == "facts" {
					tries++
					if got := executing(t, db); len(got) > 0 {
						t.Errorf("%s: at try %d %v is executed still", name, tries, got)
					}
				}
				return func() {}
			},
		})
		must(t, err)
		t.Cleanup(func() { _ = w.Close() })
		one := answer(named("main", flow.Hourly, flow.Total), hours, at("2026-01-01"), 1, at("2026-02-01"), true, 5)
		if err := w.Store(t.Context(), runID(1), []flow.Attempt{one}, make([][]flow.Held, 1)); !errors.Is(err, enough) || tries != 3 {
			t.Errorf("%s: %v after %d tries, want 3", name, err, tries)
		}
		if got := executing(t, db); len(got) > 0 {
			t.Errorf("%s: at the end %v is executed still", name, got)
		}
	}
}

// The server is told of no deadline, so a profile may cap max_execution_time wherever it likes, or forbid to set it.
func TestCapOnExecutionTime(t *testing.T) {
	const database = "mnaflow"
	server := chtest.Server(t, chlocal.Options{Users: []chlocal.User{
		{Name: "capped", Settings: []chlocal.Setting{{Name: "max_execution_time", Value: "10", Min: "1", Max: "10"}}},
		{Name: "fixed", Settings: []chlocal.Setting{{Name: "max_execution_time", Value: "0", Fixed: true}}},
		{Name: "hasty", Settings: []chlocal.Setting{{Name: "max_execution_time", Value: "1"}}},
	}})
	db := chtest.On(server, database)
	must(t, connect(t, ways(db)["native"]).Migrate(t.Context()))
	for _, user := range []string{"capped", "fixed"} {
		for name, config := range ways(db) {
			config.Username, config.Password = user, ""
			w := connect(t, config)
			must(t, w.Migrate(t.Context()))
			for what, call := range calls(w) {
				if err := call(t.Context()); err != nil {
					t.Errorf("%s over %s: %s: %v", user, name, what, err)
				}
			}
		}
	}
	w := connect(t, load.Config{Addresses: []string{server.TCPAddr()}, Database: database, Username: "capped"})
	promised := map[flow.Granularity]time.Time{flow.Hourly: at("2026-02-01"), flow.Daily: at("2026-02-01")}
	must(t, w.Verify(t.Context(), flow.Verification{ID: newRun(), At: at("2026-02-01"), Promised: promised}))
	// A limit that the profile sets itself is the operator's: the statement fails, and the message says why.
	_, _, err := connect(t, load.Config{Addresses: []string{server.TCPAddr()}, Database: database, Username: "hasty"}).Ask(t.Context(), endless)
	told(t, "hasty", err, "max_execution_time")
}

// A profile that forbids to change what the program sends is told so; one that fixes it at the same value does no harm.
func TestConstraintOnASetting(t *testing.T) {
	server := chtest.Server(t, chlocal.Options{Users: []chlocal.User{
		{Name: "other", Settings: []chlocal.Setting{{Name: "join_use_nulls", Value: "1", Fixed: true}}},
		{Name: "same", Settings: []chlocal.Setting{{Name: "join_use_nulls", Value: "0", Fixed: true}}},
	}})
	for name, config := range ways(chtest.On(server, "mnaflow")) {
		config.Password, config.Username = "", "other"
		told(t, name, connect(t, config).Migrate(t.Context()), "join_use_nulls", "take the constraint on that setting off the user's profile")
		config.Username = "same"
		must(t, connect(t, config).Migrate(t.Context()))
	}
}

// stalling is a proxy whose connections can be made to stand still: nothing is passed on any more, not even that one end has closed.
type stalling struct {
	addr    string
	mu      sync.Mutex
	current *atomic.Bool // stalls the connections there are
}

func (s *stalling) stall() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current.Store(true)
	s.current = new(atomic.Bool)
}

func (s *stalling) switched() *atomic.Bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

func stallable(t *testing.T, to string) *stalling {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	s := &stalling{addr: l.Addr().String(), current: new(atomic.Bool)}
	var carrying sync.WaitGroup
	var conns []net.Conn
	carrying.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				_ = in.Close()
				return
			}
			stalled := s.switched()
			conns = append(conns, in, out)
			for _, way := range [][2]net.Conn{{in, out}, {out, in}} {
				carrying.Go(func() {
					_, _ = io.Copy(gate{way[1], stalled}, way[0])
					if !stalled.Load() {
						_ = way[1].Close()
					}
				})
			}
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		for _, c := range conns {
			_ = c.Close()
		}
		carrying.Wait()
	})
	return s
}

// gate passes on what is written until it is shut.
type gate struct {
	io.Writer
	shut *atomic.Bool
}

func (g gate) Write(p []byte) (int, error) {
	if g.shut.Load() {
		return len(p), nil
	}
	return g.Writer.Write(p)
}

// Every statement has an id that is not used for another, and says whose it is.
func TestStatementIDs(t *testing.T) {
	server := chtest.Open(t)
	for name, config := range ways(server) {
		w := connect(t, config)
		var ids []string
		for range 2 {
			_, answer, err := w.Ask(t.Context(), "SELECT queryID()")
			must(t, err)
			ids = append(ids, answer[0][0].(string))
		}
		if ids[0] == ids[1] || !strings.HasPrefix(ids[0], "mnaflow-") || !strings.HasPrefix(ids[1], "mnaflow-") {
			t.Errorf("%s: %v", name, ids)
		}
	}
}

// A server that takes connections and greets nobody holds up nobody who leaves: the driver looks at no context while it waits for the greeting.
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
	w := connect(t, load.Config{Addresses: []string{ln.Addr().String()}, Database: "mnaflow", Username: "default"})
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
