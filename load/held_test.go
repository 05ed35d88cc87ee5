package load_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// What is held is read for every window of a batch: neighbours, overlapping ones and far ones, of several series, in
// any order, beside ones that failed; and of history only what is older than each.
func TestHeld(t *testing.T) {
	w, _ := open(t)
	a, b := named("main", flow.Hourly, flow.Total), named("main", flow.Hourly, flow.Uplink)
	sent := at("2026-02-01")
	write(t, w, newRun(), answer(a, hours, at("2026-01-01"), 10, sent, true, 0, 1, absent, 3, 4, 5, 6, 7, 8, 9))
	write(t, w, newRun(), answer(a, hours, at("2026-01-01T04:00"), 20, sent, false, absent, 55))
	fact := func(i int64) flow.Held {
		return flow.Held{Reported: true, Final: true, HasPrevious: true, PreviousReported: true, PreviousBytes: uint64(i)}
	}
	failed := answer(a, hours, at("2026-01-01"), 30, sent, true, 1)
	failed.State, failed.Transformed = flow.Failed, flow.Transformed{}
	batch := []flow.Attempt{
		answer(a, hours, at("2026-01-01T08:00"), 31, sent, true, 1, 1, 1),
		answer(b, hours, at("2026-01-01"), 32, sent, true, 1),
		answer(a, hours, at("2026-01-01T02:00"), 33, sent, true, 1, 1, 1),
		failed,
		answer(a, hours, at("2026-01-01T05:00"), 15, sent, true, 1, 1, 1), // late, beside the one before it
		answer(a, hours, at("2026-01-01T06:00"), 5, sent, true, 1),        // older than all
		answer(a, hours, at("2026-03-01"), 34, sent, true, 1),
	}
	got, err := w.Compare(t.Context(), batch)
	must(t, err)
	want := [][]flow.Held{
		{fact(8), fact(9), {}},
		nil,
		{{Final: true, HasPrevious: true}, fact(3), {HasPrevious: true}},
		nil,
		{{Reported: true, HasPrevious: true, PreviousReported: true, PreviousBytes: 5}, fact(6), fact(7)},
		{{Reported: true, Final: true}},
		nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +: %s", diff)
	}
	if none, err := w.Compare(t.Context(), []flow.Attempt{failed}); err != nil || len(none) != 1 || none[0] != nil {
		t.Errorf("%v, %v; want nothing held of what failed", none, err)
	}
}
