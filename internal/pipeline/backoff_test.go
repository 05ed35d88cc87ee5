package pipeline

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

func TestBackoff(t *testing.T) {
	g := Grid{
		Calendar: flow.NewCalendar(flow.Hourly, time.UTC),
		Range:    flow.Window{Begin: at("2026-01-01"), End: at("2026-01-01T01:00")}, MaxBuckets: 744,
	}
	for failures, want := range []time.Duration{
		0, 0, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour, 24 * time.Hour,
		24 * time.Hour,
		100: 24 * time.Hour, 65535: 24 * time.Hour,
	} {
		if want == 0 && failures > 1 {
			continue // not in the table
		}
		known := []flow.LedgerSpan{failed(failures, "2026-01-01", "2026-01-01T01:00", "2026-02-01")}
		sent := known[0].Sent.At
		if got := len(Plan(g, known, sent.Add(want))); got != 1 {
			t.Errorf("after %d failures and %v: %d windows, want 1", failures, want, got)
		}
		if want == 0 {
			continue
		}
		if got := len(Plan(g, known, sent.Add(want-1))); got != 0 {
			t.Errorf("after %d failures and a moment less than %v: %d windows, want 0", failures, want, got)
		}
	}
}

// Of one series at most 64 windows that failed as suspect are asked for again in one pass, those with the fewest
// failures; what never failed is asked for all the same.
func TestPlanBoundsWhatFailed(t *testing.T) {
	c := flow.NewCalendar(flow.Hourly, time.UTC)
	g := Grid{
		Calendar: c, Range: flow.Window{Begin: at("2026-01-01"), End: at("2026-01-11")}, MaxBuckets: 24,
		Finality: time.Hour,
	}
	now := at("2026-02-01")
	var known []flow.LedgerSpan
	// 120 buckets, each failed alone
	for b := range c.Buckets(flow.Window{Begin: at("2026-01-01"), End: at("2026-01-06")}) {
		failures := 5
		if b.Hour() < 12 {
			failures = 3
		}
		known = append(known, flow.LedgerSpan{
			Window: flow.Window{Begin: b, End: b.Add(time.Hour)}, State: flow.Failed, Class: flow.Suspect, Failures: failures,
			Sent: flow.Stamp{At: now.Add(-24 * time.Hour), Version: uint64(b.Unix())},
		})
	}
	got := Plan(g, known, now)
	if diff := gocmp.Diff(lines(model(g, known, now)), lines(got)); diff != "" {
		t.Fatal(diff)
	}
	count := map[int]int{}
	for _, task := range got {
		count[task.Failures]++
	}
	// 60 buckets failed 3 times, 4 of the others still fit; 5 days of 24 never failed.
	if diff := gocmp.Diff(map[int]int{3: 60, 5: 4, 0: 5}, count); diff != "" {
		t.Fatal(diff)
	}
}
