package pipeline

import (
	"testing"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// The newest windows are handed out first, of all series, however wide the range.
func TestNewestFirst(t *testing.T) {
	w := newWorld(flow.Hourly, "2025-06-01", "2026-03-10T10:20", flow.Regions(), 6)
	r := w.runner()
	g := r.groups(Order{Series: w.series}, w.now)[0]
	plan, err := r.plan(t.Context(), g, w.now)
	if err != nil {
		t.Fatal(err)
	}
	p := &pass{Runner: r, clock: &versions{now: w.clock}, results: make(chan flow.Attempt, 1000)}
	d := newDispatcher(p, plan, &breaker{})
	end, n := w.now, 0
	for {
		j, ok := d.next(t.Context())
		if !ok {
			break
		}
		if n++; j.task.Window.End.After(end) {
			t.Fatalf("%s of %s is newer than what was handed out before", j.task.Window, j.series.series)
		}
		end = j.task.Window.End
		d.finished(j, j.work(t.Context(), j.series))
	}
	if want := len(w.series) * w.least(w.calendar.Count(g.grid.Range)); n != want {
		t.Errorf("%d windows, want %d", n, want)
	}
}
