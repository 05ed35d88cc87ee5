package load_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/load"
)

// calls are everything that a load asks of the warehouse.
func calls(w *load.Warehouse) map[string]func(ctx context.Context) error {
	now := at("2026-02-01")
	s := named("main", flow.Hourly, flow.Total)
	one := []flow.Attempt{answer(s, hours, at("2026-01-01"), 1, now, true, 5)}
	return map[string]func(ctx context.Context) error{
		"Configure": func(ctx context.Context) error {
			return w.Configure(ctx, []flow.Setting{setting(s, at("2026-01-01"), time.UTC, 0)}, now)
		},
		"Clock": func(ctx context.Context) error { _, err := w.Clock(ctx); return err },
		"Known": func(ctx context.Context) error {
			return w.Known(ctx, "main", hours, flow.Window{Begin: at("2026-01-01"), End: at("2026-01-02")}, 0, func(flow.Series, []flow.Known) error { return nil })
		},
		"Held":   func(ctx context.Context) error { _, err := w.Held(ctx, one); return err },
		"Store":  func(ctx context.Context) error { return w.Store(ctx, runID(1), one, make([][]flow.Held, 1)) },
		"Record": func(ctx context.Context) error { return w.Record(ctx, flow.Run{ID: runID(1), Started: now}, now) },
		"Note":   func(ctx context.Context) error { return w.Note(ctx, flow.Run{ID: runID(1), Started: now}, now) },
		"Limits": func(ctx context.Context) error { _, err := w.Limits(ctx, "main", flow.Hourly); return err },
		"Await":  w.Await,
		"Check":  w.Check,
		"Runs":   func(ctx context.Context) error { _, err := w.Runs(ctx, 1); return err },
	}
}

// nowhere is an address at which nobody listens.
func nowhere(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func TestUnreachable(t *testing.T) {
	addr := nowhere(t)
	// A person who asks is told at once; a pass waits, until its caller has enough.
	enough := errors.New("enough")
	waits := 0
	w, err := load.Open(load.Config{Addresses: []string{addr}, Database: "mnaflow", Username: "default", Password: "secret"}, load.Dependencies{
		Log:  slog.New(slog.DiscardHandler),
		Wait: func(context.Context, time.Duration) error { waits++; return enough },
	})
	must(t, err)
	t.Cleanup(func() { _ = w.Close() })
	for name, call := range calls(w) {
		waits = 0
		err := call(t.Context())
		switch name {
		case "Configure", "Clock", "Known", "Limits", "Await", "Held", "Store", "Record":
			if !errors.Is(err, enough) || waits != 1 {
				t.Errorf("%s: %v after %d waits, want it to wait once", name, err, waits)
			}
		default:
			told(t, name, err, addr+" cannot be reached", "check that it runs", "clickhouse.addresses")
			if waits > 0 {
				t.Errorf("%s waited", name)
			}
		}
	}
	told(t, "Migrate", w.Migrate(t.Context()), addr+" cannot be reached", "check that it runs")
}

// A batch is tried again while the warehouse is away, and stored once it is back.
func TestStoreWaits(t *testing.T) {
	server := chtest.Open(t)
	db := server.Conn(t)
	must(t, connect(t, load.Config{Addresses: []string{server.Addr}, Database: server.Name, Username: "default", Password: server.Password}).Migrate(t.Context()))
	proxy := nowhere(t)
	var delays []time.Duration
	late, err := load.Open(load.Config{Addresses: []string{proxy}, Database: server.Name, Username: "default", Password: server.Password}, load.Dependencies{
		Log: slog.New(slog.DiscardHandler),
		Wait: func(_ context.Context, d time.Duration) error {
			if delays = append(delays, d); len(delays) == 9 {
				forward(t, proxy, server.Addr)
			}
			return nil
		},
	})
	must(t, err)
	t.Cleanup(func() { _ = late.Close() })
	write(t, late, newRun(), answer(named("main", flow.Hourly, flow.Total), hours, at("2026-01-01"), 1, at("2026-02-01"), true, 5))
	if len(delays) != 9 || delays[0] != 200*time.Millisecond || delays[1] != 400*time.Millisecond || delays[8] != 15*time.Second {
		t.Errorf("waited %v, want 200 ms, twice as long each time, at most 15 s", delays)
	}
	if got := table(t, db, "SELECT toString(bytes) FROM flow_hourly"); len(got) != 1 || got[0] != "5" {
		t.Errorf("stored %v, want 5", got)
	}
}

// forward accepts connections and passes them on until the test ends.
func forward(t *testing.T, from, to string) {
	t.Helper()
	l, err := net.Listen("tcp", from)
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
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
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
		}
	}()
}

func TestTablesAltered(t *testing.T) {
	const facts, history, ledger = "migrations/0101_facts.up.sql", "migrations/0102_history.up.sql", "migrations/0103_ledger.up.sql"
	const runs = "migrations/0106_run_states.up.sql"
	for _, tt := range []struct {
		name, change string
		want         map[string][]string // what each call says; the others succeed
	}{
		{"no facts", "DROP TABLE facts", map[string][]string{
			"Configure": {"the zones of facts", "missing", facts}, "Held": {"missing", facts}, "Store": {"writing facts", "missing", facts}, "Clock": {"missing", facts},
		}},
		{"no history", "DROP TABLE history", map[string][]string{
			"Configure": {"the zones of history", "missing", history}, "Held": {"missing", history}, "Store": {"writing history", "missing", history},
			"Clock": {"missing", history},
		}},
		{"no ledger", "DROP TABLE ledger", map[string][]string{"Configure": {"missing", ledger}, "Store": {"missing", ledger}, "Known": {"reading the ledger", "missing", ledger}, "Clock": {"missing", ledger}}},
		{"no series", "DROP TABLE series", map[string][]string{"Configure": {"missing", "migrations/0104_series.up.sql"}}},
		{"a column of facts dropped", "ALTER TABLE facts DROP COLUMN request_id", map[string][]string{"Held": {facts}, "Store": {"writing facts", facts, "request_id"}}},
		{"a column of the ledger renamed", "ALTER TABLE ledger RENAME COLUMN reason TO why", map[string][]string{"Store": {"writing ledger", ledger, "reason"}}},
		{"another type of a column", "ALTER TABLE ledger MODIFY COLUMN failures String", map[string][]string{"Store": {"writing ledger", ledger, "uint16 to String"}}},
		{"no runs", "DROP TABLE run_states", map[string][]string{
			"Record": {"writing run_states", "missing", runs}, "Note": {"writing run_states", "missing", runs}, "Runs": {"missing", runs},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, db := open(t)
			execute(t, db, tt.change)
			for name, call := range calls(w) {
				err := call(t.Context())
				if want := tt.want[name]; want != nil {
					told(t, name, err, want...)
				} else if err != nil {
					t.Errorf("%s: %v, want none", name, err)
				}
			}
		})
	}
}

func TestInterrupted(t *testing.T) {
	w, db := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range calls(w) {
		err := call(ctx)
		if !errors.Is(err, context.Canceled) || flow.ClassOf(err) == flow.Warehouse {
			t.Errorf("%s: %v of class %s, want the context's error, which is no fault of the warehouse's", name, err, flow.ClassOf(err))
		}
	}
	if err := w.Migrate(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Migrate: %v, want the context's error", err)
	}
	for _, name := range []string{"facts", "history", "ledger", "series", "days", "run_states"} {
		if got := table(t, db, "SELECT toString(count()) FROM "+name); got[0] != "0" {
			t.Errorf("%s has %s rows", name, got[0])
		}
	}
}

func TestBadRunID(t *testing.T) {
	w, _ := open(t)
	for name, err := range map[string]error{
		"Store":  w.Store(t.Context(), "not a uuid", nil, nil),
		"Record": w.Record(t.Context(), flow.Run{ID: "not a uuid"}, at("2026-01-01")),
	} {
		if err == nil || !strings.Contains(err.Error(), "run's id") {
			t.Errorf("%s: %v, want it to name the run's id", name, err)
		}
	}
}
