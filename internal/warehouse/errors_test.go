package warehouse_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// calls are the ways to ask something of a warehouse with tables. The patient ones wait while it is away.
func calls(w *loadtest.Warehouse) (patient, impatient map[string]func(ctx context.Context) error) {
	row := warehouse.Rows{
		Table: "days", Columns: "time_zone, day", Values: []any{[]string{"UTC"}, []time.Time{at("2026-01-01")}},
	}
	query := func(patient bool) func(ctx context.Context) error {
		return func(ctx context.Context) error {
			q := warehouse.Query{Doing: "counting", SQL: "SELECT count() FROM facts", Patient: patient}
			_, err := warehouse.Select(ctx, w.DB, q, func(scan func(...any) error) (n uint64, err error) { return n, scan(&n) })
			return err
		}
	}
	statement := func(patient bool) func(ctx context.Context) error {
		q := warehouse.Query{Doing: "copying", SQL: "INSERT INTO days SELECT * FROM days", Into: "days", Patient: patient}
		return func(ctx context.Context) error { return w.Exec(ctx, q) }
	}
	patient = map[string]func(ctx context.Context) error{
		"Await": w.Await, "Select": query(true), "Exec": statement(true),
		"Insert": func(ctx context.Context) error { return w.Insert(ctx, row) },
	}
	impatient = map[string]func(ctx context.Context) error{
		"Check": w.Check, "Select": query(false), "Exec": statement(false),
		"InsertOnce": func(ctx context.Context) error { return w.InsertOnce(ctx, time.Minute, row) },
		"Version":    func(ctx context.Context) error { _, err := w.Version(ctx); return err },
		"Table":      func(ctx context.Context) error { _, _, err := w.Table(ctx, "SELECT 1"); return err },
		"ViewFaults": func(ctx context.Context) error { _, err := w.ViewFaults(ctx); return err },
		"OldViews":   func(ctx context.Context) error { _, err := w.OldViews(ctx); return err },
	}
	return patient, impatient
}

// nowhere is an address at which nobody listens.
func nowhere(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// A pass waits, until its caller has enough. A person who asks learns at once that the warehouse is away.
func TestUnreachable(t *testing.T) {
	addr := nowhere(t)
	enough := errors.New("enough")
	waits := 0
	config := warehouse.Config{Addresses: []string{addr}, Database: "mnaflow", Username: "default", Password: "secret"}
	w := loadtest.ConnectWith(t, config, warehouse.Dependencies{
		Wait: func(context.Context, time.Duration) error { waits++; return enough },
	})
	patient, impatient := calls(w)
	impatient["Migrate"] = w.Migrate
	for name, call := range patient {
		waits = 0
		if err := call(t.Context()); !errors.Is(err, enough) || waits != 1 {
			t.Errorf("%s: %v after %d waits, want it to wait once", name, err, waits)
		}
	}
	waits = 0
	for name, call := range impatient {
		wantError(t, name, call(t.Context()), addr+" cannot be reached", "check that it runs", "clickhouse.addresses")
		if waits > 0 {
			t.Errorf("%s waited", name)
		}
	}
}

// What takes connections and greets nobody runs, but is something else: such as a server of HTTP, which waits for the
// rest of a request.
func TestAServerThatGreetsNobody(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	addr := server.Listener.Addr().String()
	w := connect(t, warehouse.Config{Addresses: []string{addr}, Database: "mnaflow", Username: "default"})
	wantError(t, "a server of HTTP", w.Check(t.Context()),
		"what listens at "+addr+" does not answer in ClickHouse's protocol native without TLS: no greeting within 10s",
		"check clickhouse.addresses, protocol and tls: native is port 9000")
}

// A batch is tried again while the warehouse is away, and stored once it is back.
func TestInsertWaits(t *testing.T) {
	server := chtest.Open(t)
	db := server.Conn(t)
	must(t, connect(t, loadtest.Config(server)).Migrate(t.Context()))
	config := loadtest.Config(server)
	config.Addresses = []string{nowhere(t)}
	var delays []time.Duration
	late := loadtest.ConnectWith(t, config, warehouse.Dependencies{
		Wait: func(_ context.Context, d time.Duration) error {
			if delays = append(delays, d); len(delays) == 9 {
				forward(t, config.Addresses[0], server.Addr)
			}
			return nil
		},
	})
	one := answer(named("main", flow.Hourly, flow.Total), hours, at("2026-01-01"), 1, at("2026-02-01"), true, 5)
	write(t, late, newRun(), one)
	var want []time.Duration
	for d := 200 * time.Millisecond; len(want) < 9; d *= 2 {
		want = append(want, min(d, 15*time.Second))
	}
	if !slices.Equal(delays, want) {
		t.Errorf("waited %v, want %v", delays, want)
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

func TestInterrupted(t *testing.T) {
	w, db := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	patient, impatient := calls(w)
	impatient["Migrate"] = w.Migrate
	for _, all := range []map[string]func(ctx context.Context) error{patient, impatient} {
		for name, call := range all {
			err := call(ctx)
			if !errors.Is(err, context.Canceled) || flow.ClassOf(err) == flow.Warehouse {
				t.Errorf("%s: %v of class %s, want the context's error, which is no fault of the warehouse's",
					name, err, flow.ClassOf(err))
			}
		}
	}
	if got := table(t, db, "SELECT toString(count()) FROM days"); got[0] != "0" {
		t.Errorf("%s days were written", got[0])
	}
}
