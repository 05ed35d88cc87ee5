package load_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// calls are everything that a load asks of the warehouse, and what others ask beside it.
func calls(w *loadtest.Warehouse) map[string]func(ctx context.Context) error {
	now := at("2026-02-01")
	within := flow.Window{Begin: at("2026-01-01"), End: at("2026-01-02")}
	s := named("main", flow.Hourly, flow.Total)
	one := []flow.Attempt{answer(s, hours, at("2026-01-01"), 1, now, true, 5)}
	run := flow.Run{ID: runID(1), Started: now}
	return map[string]func(ctx context.Context) error{
		"Configure": func(ctx context.Context) error {
			return w.Configure(ctx, []flow.Setting{setting(s, at("2026-01-01"), time.UTC, 0)}, now)
		},
		"Clock": func(ctx context.Context) error { _, err := w.Clock(ctx); return err },
		"LedgerSpans": func(ctx context.Context) error {
			return w.LedgerSpans(ctx, "main", hours, within, 0, func(flow.Series, []flow.LedgerSpan) error { return nil })
		},
		"Compare": func(ctx context.Context) error { _, err := w.Compare(ctx, one); return err },
		"Write":   func(ctx context.Context) error { return w.Write(ctx, runID(1), one, make([][]flow.Held, 1)) },
		"Store":   func(ctx context.Context) error { return w.Store(ctx, runID(1), one, loadtest.AcceptAll) },
		"Record":  func(ctx context.Context) error { return w.Record(ctx, run, now) },
		"Note":    func(ctx context.Context) error { return w.Note(ctx, run, now) },
		"Limits":  func(ctx context.Context) error { _, err := w.Limits(ctx, "main", flow.Hourly); return err },
		"KeepLimits": func(ctx context.Context) error {
			return w.KeepLimits(ctx, runID(1), "main", flow.Hourly, flow.Limits{Answered: 24, Learned: now}, now)
		},
		"Await": w.Await,
		"Check": w.Check,
		"Runs":  func(ctx context.Context) error { _, err := w.Runs(ctx, 1); return err },
	}
}

// A pass waits for the warehouse, until its caller has enough; a person who asks learns at once that it is away.
func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	addr := l.Addr().String()
	must(t, l.Close()) // nobody listens there any more
	enough := errors.New("enough")
	waits := 0
	config := warehouse.Config{Addresses: []string{addr}, Database: "mnaflow", Username: "default", Password: "secret"}
	w := loadtest.ConnectWith(t, config, warehouse.Dependencies{
		Wait: func(context.Context, time.Duration) error { waits++; return enough },
	})
	for name, call := range calls(w) {
		waits = 0
		err := call(t.Context())
		switch name {
		case "Note", "Check", "Runs":
			loadtest.WantError(t, name, err, addr+" cannot be reached", "check that it runs", "clickhouse.addresses")
			if waits > 0 {
				t.Errorf("%s waited", name)
			}
		default:
			if !errors.Is(err, enough) || waits != 1 {
				t.Errorf("%s: %v after %d waits, want it to wait once", name, err, waits)
			}
		}
	}
}

// A table that was dropped or altered by hand is named, with what to do, or the file that makes it. What does not need
// it goes on.
func TestTablesAltered(t *testing.T) {
	const (
		facts  = "migrations/0101_facts.up.sql"
		ledger = "migrations/0103_ledger.up.sql"
		gone   = "a table is missing: restore it, or run mnaflow migrate"
	)
	for _, tt := range []struct {
		name, change string
		want         map[string][]string // what each call says; the others succeed
	}{
		{"no facts", "DROP TABLE facts", map[string][]string{
			"Configure": {"the zones of facts and history", "facts", gone}, "Clock": {"facts", gone},
			"Compare": {"facts", gone}, "Write": {"writing facts", "facts", gone}, "Store": {"facts", gone},
		}},
		{"no history", "DROP TABLE history", map[string][]string{
			"Configure": {"the zones of facts and history", "history", gone}, "Clock": {"history", gone},
			"Compare": {"history", gone}, "Write": {"writing history", "history", gone}, "Store": {"history", gone},
		}},
		{"no ledger", "DROP TABLE ledger", map[string][]string{
			"Configure": {"ledger", gone}, "LedgerSpans": {"reading the ledger", "ledger", gone},
			"Clock": {"ledger", gone},
			"Write": {"ledger", gone}, "Store": {"ledger", gone},
		}},
		{"no series", "DROP TABLE series", map[string][]string{"Configure": {"series", gone}}},
		{"no limits", "DROP TABLE limits", map[string][]string{
			"Limits": {"limits", gone}, "KeepLimits": {"writing limits", "limits", gone},
		}},
		{"no runs", "DROP TABLE run_states", map[string][]string{
			"Record": {"writing run_states", "run_states", gone}, "Note": {"writing run_states", "run_states", gone},
			"Runs": {"run_states", gone},
		}},
		{"a column of facts dropped", "ALTER TABLE facts DROP COLUMN request_id", map[string][]string{
			"Compare": {facts}, "Write": {"writing facts", facts, "request_id"}, "Store": {facts, "request_id"},
		}},
		{"a column of the ledger renamed", "ALTER TABLE ledger RENAME COLUMN reason TO why", map[string][]string{
			"Write": {"writing ledger", ledger, "reason"}, "Store": {"writing ledger", ledger, "reason"},
		}},
		{"another type of a column", "ALTER TABLE ledger MODIFY COLUMN failures String", map[string][]string{
			"Write": {"writing ledger", ledger, "uint16 to String"}, "Store": {"writing ledger", ledger, "uint16 to String"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, db := open(t)
			execute(t, db, tt.change)
			for name, call := range calls(w) {
				err := call(t.Context())
				if want := tt.want[name]; want != nil {
					loadtest.WantError(t, name, err, want...)
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
			t.Errorf("%s: %v of class %s, want the context's error, which is no fault of the warehouse's",
				name, err, flow.ClassOf(err))
		}
	}
	for _, name := range []string{"facts", "history", "ledger", "series", "days", "limits", "run_states"} {
		if got := table(t, db, "SELECT toString(count()) FROM "+name); got[0] != "0" {
			t.Errorf("%s has %s rows", name, got[0])
		}
	}
}

func TestBadRunID(t *testing.T) {
	w, _ := open(t)
	const bad = "not a uuid"
	for name, err := range map[string]error{
		"Store":      w.Store(t.Context(), bad, nil, loadtest.AcceptAll),
		"Record":     w.Record(t.Context(), flow.Run{ID: bad}, at("2026-01-01")),
		"Note":       w.Note(t.Context(), flow.Run{ID: bad}, at("2026-01-01")),
		"KeepLimits": w.KeepLimits(t.Context(), bad, "main", flow.Hourly, flow.Limits{}, at("2026-01-01")),
	} {
		if err == nil || !strings.Contains(err.Error(), "run's id") {
			t.Errorf("%s: %v, want it to name the run's id", name, err)
		}
	}
}
