package monitor_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/report"
)

// Prometheus' linter finds nothing, and every series of this program is there from the start, at 0.
func TestConventions(t *testing.T) {
	r := newRig(t)
	_, text := r.get("/metrics")
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v %v", problems, err)
	}
	for key, v := range r.values() {
		ours := strings.HasPrefix(key, "mnaflow_")
		if ours && v != 0 && !strings.HasPrefix(key, "mnaflow_pace_") &&
			!strings.HasPrefix(key, "mnaflow_build_info ") {
			t.Errorf("%s is %v before anything has happened", key, v)
		}
	}
	r.want(map[string]float64{
		"mnaflow_requests_total main throttled": 0, "mnaflow_windows_total other daily unavailable": 0,
		"mnaflow_buckets main hourly gap":       0,
		"mnaflow_pace_requests_per_second main": 9, "mnaflow_pace_limit_requests_per_second other": 18,
	})
}

// Every event shows in the metrics, and none adds a series.
func TestEventsShow(t *testing.T) {
	r := newRig(t)
	before := slices.Sorted(maps.Keys(r.values()))
	m := r.metrics
	hourly := flow.Series{Account: "main", Granularity: flow.Hourly}
	m.Trace().Stored([]flow.Attempt{{Series: hourly, State: flow.Accepted, Revised: 3, Retracted: 1,
		Transformed: flow.Transformed{Facts: make([]flow.Fact, 744)}}, {Series: hourly, State: flow.Failed}})
	for _, result := range []string{"answered", "throttled", "interrupted", "", "of a later version"} {
		ended := m.Trace().Request("other", result == "throttled")
		r.at("09:00:00") // the clock is set back during the request
		ended(result)
	}
	m.Trace().Insert("facts")()
	m.Trace().Insert("facts") // not acknowledged
	r.coverage = []report.Coverage{
		{Account: "other", Granularity: flow.Daily, Covered: 10, Failed: 2, Unavailable: 3, Gap: 4, FreshTo: start},
		{Account: "taken out", Granularity: flow.Daily, Covered: 10},
	}
	r.pass(done)
	r.fails = true
	r.pass(done)
	r.want(map[string]float64{
		"mnaflow_rows_total main hourly": 744, "mnaflow_rows_total main daily": 0,
		"mnaflow_windows_total main hourly accepted": 1, "mnaflow_windows_total main hourly failed": 1,
		"mnaflow_revisions_total main hourly": 3, "mnaflow_retractions_total main hourly": 1,
		"mnaflow_requests_total other answered": 1, "mnaflow_requests_total other throttled": 1,
		"mnaflow_requests_total other interrupted": 1,
		"mnaflow_requests_total other unexpected":  2, "mnaflow_retries_total other": 1,
		"mnaflow_request_duration_seconds":      4,
		"mnaflow_insert_duration_seconds facts": 1, "mnaflow_insert_duration_seconds ledger": 0,
		"mnaflow_buckets other daily covered": 10, "mnaflow_buckets other daily failed": 2,
		"mnaflow_buckets other daily unavailable":         3,
		"mnaflow_buckets other daily gap":                 4,
		"mnaflow_freshness_timestamp_seconds other daily": float64(start.Unix()),
		"mnaflow_passes_total done":                       2,
	})
	if after := slices.Sorted(maps.Keys(r.values())); !slices.Equal(ours(before), ours(after)) {
		t.Errorf("the series were\n%s\nand are\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
}

// The windows of a plan that have no result yet are due.
func TestDue(t *testing.T) {
	r := newRig(t)
	due := func(when string, want float64) {
		t.Helper()
		if got := r.values()["mnaflow_due_windows main hourly"]; got != want {
			t.Errorf("%s: %v windows are due, want %v", when, got, want)
		}
	}
	pass := func(tell func()) {
		r.Pass(t.Context(), func(context.Context) flow.Run { tell(); return done })
	}
	pass(func() {
		r.metrics.Trace().Planned("main", flow.Hourly, 3)
		r.metrics.Trace().Planned("main", flow.Hourly, 1)
		due("one was cut in two", 4)
		r.metrics.Trace().Requested("main", flow.Hourly, 1, 2)
	})
	due("the pass ended early", 3)
	pass(func() {})
	due("a pass could not plan", 3)
	pass(func() {
		due("a pass has begun", 3)
		r.metrics.Trace().Planned("main", flow.Hourly, 5)
		due("it has planned", 5)
	})
	pass(func() { r.metrics.Trace().Planned("main", flow.Hourly, 0) })
	due("nothing is due", 0)
}

// ours are the series of this program, without those of the Go runtime.
func ours(keys []string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return !strings.HasPrefix(k, "mnaflow_") })
}
