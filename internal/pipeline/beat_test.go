package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mnaflow/mnaflow/internal/exit"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// diary is a warehouse that notes what it is told of runs.
type diary struct {
	ledger
	planning time.Duration // how long it takes to say what is known
	away     bool          // it takes no note
	broken   error         // of planning

	mu   sync.Mutex
	told []runState
}

func (d *diary) Configure(context.Context, []flow.Setting, time.Time) error { return nil }
func (d *diary) Clock(context.Context) (uint64, error)                      { return 1, nil }

func (d *diary) LedgerSpans(
	ctx context.Context, _ string, _ flow.Calendar, _ flow.Window, _ time.Duration,
	_ func(flow.Series, []flow.LedgerSpan) error,
) error {
	select {
	case <-time.After(d.planning):
	case <-ctx.Done():
	}
	if d.broken != nil {
		return d.broken
	}
	return ctx.Err()
}

func (d *diary) Record(_ context.Context, run flow.Run, at time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.told = append(d.told, runState{run, at})
	return nil
}

func (d *diary) Note(ctx context.Context, run flow.Run, at time.Time) error {
	if d.away {
		return flow.Fail(flow.Warehouse, "away")
	}
	return d.Record(ctx, run, at)
}

// states are those that were told, in the order in which they count.
func (d *diary) states() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	told := slices.Clone(d.told)
	slices.SortStableFunc(told, func(a, b runState) int { return a.at.Compare(b.at) })
	var out []string
	for i, s := range told {
		out = append(out, s.run.ID+" "+string(s.run.State))
		if i > 0 && s.at.Equal(told[i-1].at) {
			out = append(out, "at the same moment")
		}
	}
	return strings.Join(out, ", ")
}

func keeper(t *testing.T, d *diary) *Runner {
	t.Helper()
	r := runner(t, d, "2026-03-31T10:20")
	r.deps.Log = slog.New(slog.DiscardHandler)
	return r
}

func orderOf(id string) Order {
	return Order{RunID: id, Series: []flow.Series{named("cn", flow.Hourly, flow.Europe)}}
}

// A run beats while it lives, also while all that it does is wait, under a clock that stands still; its end comes last.
func TestBeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{planning: 100 * time.Second, broken: errors.New("enough")}
		keeper(t, d).Run(t.Context(), orderOf("a"))
		if got, want := d.states(), "a running, a running, a running, a running, a failed"; got != want {
			t.Errorf("told of %q, want %q", got, want)
		}
	})
}

// A beat that fails is nobody's business.
func TestBeatsThatFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{planning: 100 * time.Second, away: true, broken: errors.New("enough")}
		report := keeper(t, d).Run(t.Context(), orderOf("a"))
		if got, want := d.states(), "a running, a failed"; got != want || len(report.Errors) != 1 {
			t.Errorf("told of %q, want %q; errors %v", got, want, report.Errors)
		}
	})
}

// A run that the warehouse ended is told once it is there again: at once, or when the next pass begins; and stays
// ended.
func TestEndsThatTheWarehouseMisses(t *testing.T) {
	d := &diary{broken: flow.Fail(flow.Warehouse, "gone")}
	r := keeper(t, d)
	if report := r.Run(t.Context(), orderOf("a")); report.Run.ExitCode != exit.Warehouse {
		t.Fatalf("%+v, want exit 5", report.Run)
	}
	if got, want := d.states(), "a running, a failed"; got != want {
		t.Errorf("told of %q, want %q", got, want)
	}
	d.away = true
	r.Run(t.Context(), orderOf("b"))
	r.Run(t.Context(), orderOf("c"))
	d.away, d.told = false, nil
	r.Run(t.Context(), orderOf("d"))
	got := d.states()
	for _, want := range []string{"b failed", "c failed", "d running", "d failed"} {
		if strings.Count(got, want) != 1 {
			t.Errorf("told of %q, want %q once", got, want)
		}
	}
}
