package pipeline

import (
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// What is unavailable is one question after a month, and with --force; what the API keeps by then is loaded.
func TestUnavailableIsOneQuestionAMonthLater(t *testing.T) {
	w, _ := one("2025-06-01")
	w.kept[flow.Europe] = 60*day + time.Minute
	_, first, entered := w.pass(t.Context(), Order{})
	if count(entered, flow.Unavailable) != 1 {
		t.Errorf("%d ranges are unavailable, want one", count(entered, flow.Unavailable))
	}
	_, again, _ := w.pass(t.Context(), Order{})
	w.advance(time.Hour)
	_, forced, entered := w.pass(t.Context(), Order{Force: true})
	if n := count(entered, flow.Unavailable); n != 1 {
		t.Errorf("forced: %d ranges are unavailable, want one", n)
	}
	for range 29 {
		w.advance(day)
		w.pass(t.Context(), Order{})
	}
	w.advance(day)
	_, month, entered := w.pass(t.Context(), Order{})
	if n := count(entered, flow.Unavailable); n != 1 || len(month) != 2 {
		t.Errorf("a month later: %d requests, %d ranges unavailable, want 2 and 1", len(month), n)
	}
	if len(again) != 0 || len(forced) > 7 {
		t.Errorf("at once again %d requests, forced %d, want 0 and at most 7: two windows, "+
			"and a bucket that has grown too old since, which proves it anew", len(again), len(forced))
	}
	w.kept[flow.Europe] = 0
	for range 30 {
		w.advance(day)
		w.pass(t.Context(), Order{})
	}
	w.judge(t)
	t.Logf("first %d requests, at once again %d, forced %d, a month later %d",
		len(first), len(again), len(forced), len(month))
}

// After an outage that is longer than what the API keeps, the ledger shows where to ask.
func TestOutageLongerThanTheAPIKeeps(t *testing.T) {
	w := newWorld(flow.Hourly, "2025-06-01", "2026-03-10T10:20", []flow.Region{flow.Europe, flow.America}, 3)
	w.kept[flow.Europe], w.kept[flow.America] = 20*day+time.Minute, 40*day
	w.pass(t.Context(), Order{})
	w.advance(60*day + 40*time.Minute)
	before := w.accepted()
	_, sent, _ := w.pass(t.Context(), Order{})
	w.judge(t)
	lost := map[flow.Series]int{}
	for _, s := range w.series {
		for b, f := range w.fates(s) {
			if f.accepted && time.Unix(b, 0).Before(w.now.Add(-w.kept[s.Region])) {
				lost[s]++
			}
		}
		before[s] -= lost[s]
	}
	if got := w.beyond(sent, before); got[0] > shownBudget {
		t.Errorf("%v requests more, want at most %d", got, shownBudget)
	} else {
		t.Logf("%v requests more", got)
	}
}

// Where the API keeps less than it takes until a bucket is final, or keeps less from a day on, what is covered and
// too old is not asked for again.
func TestRetentionWithinFinality(t *testing.T) {
	for _, later := range []bool{false, true} {
		w, _ := one("2026-02-01")
		eu := flow.Europe
		if !later {
			w.kept[eu] = 4*day + 7*time.Minute
		}
		w.pass(t.Context(), Order{})
		w.kept[eu] = 4*day + 7*time.Minute
		var cost []int
		for range 40 {
			w.advance(time.Hour)
			r, sent, _ := w.pass(t.Context(), Order{})
			cost = append(cost, len(sent))
			if r.Run.State != flow.RunDone {
				t.Errorf("keeps less later %v: a pass ends %s: %s", later, r.Run.State, r.Run.Reason)
			}
		}
		for i, n := range cost[1:] {
			if n != 1 {
				t.Errorf("keeps less later %v: pass %d sends %d requests, want 1", later, i+2, n)
			}
		}
		t.Logf("keeps less later %-5v requests %v", later, cost)
	}
}
