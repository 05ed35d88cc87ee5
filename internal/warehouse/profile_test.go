package warehouse_test

import (
	"context"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/audit"
	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
)

// passes are what a pass asks.
func passes(w *loadtest.Warehouse) map[string]func(ctx context.Context) error {
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
		"Store":  func(ctx context.Context) error { return w.Store(ctx, runID(1), one, loadtest.AcceptAll) },
		"Record": func(ctx context.Context) error { return w.Record(ctx, run, now) },
		"Note":   func(ctx context.Context) error { return w.Note(ctx, run, now) },
		"Limits": func(ctx context.Context) error { _, err := w.Limits(ctx, "main", flow.Hourly); return err },
		"Runs":   func(ctx context.Context) error { _, err := w.Runs(ctx, 1); return err },
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
			patient, impatient := calls(w)
			for _, all := range []map[string]func(context.Context) error{patient, impatient, passes(w)} {
				for what, call := range all {
					if err := call(t.Context()); err != nil {
						t.Errorf("%s over %s: %s: %v", user, name, what, err)
					}
				}
			}
		}
	}
	capped, now := loadtest.Config(db), at("2026-02-01")
	capped.Username, capped.Password = "capped", ""
	promised := map[flow.Granularity]time.Time{flow.Hourly: now, flow.Daily: now}
	verification := audit.Verification{ID: newRun(), At: now, Promised: promised}
	_, err := connect(t, capped).Auditor.Run(t.Context(), []audit.Verification{verification})
	must(t, err)
	// A limit that the profile sets itself is the operator's: the statement fails, and the message says why.
	hasty := loadtest.Config(db)
	hasty.Username, hasty.Password = "hasty", ""
	_, _, err = connect(t, hasty).Table(t.Context(), endless)
	wantError(t, "hasty", err, "max_execution_time")
}

// A profile that forbids to change what the program sends is told so; one that fixes it at the same value does no harm.
func TestConstraintOnASetting(t *testing.T) {
	server := chtest.Server(t, chlocal.Options{Users: []chlocal.User{
		{Name: "other", Settings: []chlocal.Setting{{Name: "join_use_nulls", Value: "1", Fixed: true}}},
		{Name: "same", Settings: []chlocal.Setting{{Name: "join_use_nulls", Value: "0", Fixed: true}}},
	}})
	for name, config := range ways(chtest.On(server, "mnaflow")) {
		config.Password, config.Username = "", "other"
		err := connect(t, config).Migrate(t.Context())
		wantError(t, name, err, "join_use_nulls", "take the constraint on that setting off the user's profile")
		config.Username = "same"
		must(t, connect(t, config).Migrate(t.Context()))
	}
}
