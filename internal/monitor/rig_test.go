package monitor_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.uber.org/goleak"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/monitor"
	"github.com/mnaflow/mnaflow/internal/report"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is where the clock of the tests stands at first.
var start = time.Date(2026, 11, 18, 10, 0, 0, 0, time.UTC)

// rig is a server with a clock that the test sets, hourly ticks and a warehouse that the test controls.
type rig struct {
	t       *testing.T
	metrics *monitor.Metrics
	*monitor.Server

	mu       sync.Mutex
	now      time.Time
	check    func(context.Context) error
	coverage []report.Coverage
	fails    bool // reading the coverage fails
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, now: start, check: func(context.Context) error { return nil }}
	r.metrics = monitor.NewMetrics(monitor.Config{
		Version: "v1.2.3", Accounts: []string{"main", "other"}, Granularities: flow.Granularities(),
		Tables: []string{"facts", "ledger"},
	}, r.clock)
	for _, account := range []string{"main", "other"} {
		r.metrics.Pace(account, func() float64 { return 9 }, 18)
	}
	r.Server = monitor.New(monitor.Dependencies{Metrics: r.metrics, Warehouse: r, Ticks: hourly{}, Now: r.clock,
		Log: slog.New(slog.DiscardHandler)})
	return r
}

func (r *rig) Check(ctx context.Context) error { return r.check(ctx) }

func (r *rig) Coverage(context.Context) ([]report.Coverage, error) {
	if r.fails {
		return nil, errors.New("away")
	}
	return r.coverage, nil
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// at sets the clock to a time of the tests' day.
func (r *rig) at(clock string) {
	r.t.Helper()
	now, err := time.Parse(time.DateTime, "2026-11-18 "+clock)
	if err != nil {
		r.t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = now
}

// pass runs a pass that takes a second and ends in a state.
func (r *rig) pass(run flow.Run) {
	r.Pass(r.t.Context(), func(context.Context) flow.Run {
		run.Started = r.clock()
		run.Finished = run.Started.Add(time.Second)
		return run
	})
}

// get requests a path.
func (r *rig) get(path string) (int, string) {
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

// values are the scraped samples of counters and gauges, and the counts of histograms, by name and labels.
func (r *rig) values() map[string]float64 {
	r.t.Helper()
	_, text := r.get("/metrics")
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		r.t.Fatal(err)
	}
	out := map[string]float64{}
	for name, family := range families {
		for _, m := range family.GetMetric() {
			key := name
			for _, l := range m.GetLabel() {
				key += " " + l.GetValue()
			}
			// Of the three only one is set.
			out[key] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return out
}

func (r *rig) want(values map[string]float64) {
	r.t.Helper()
	got := r.values()
	for key, want := range values {
		if v, ok := got[key]; !ok || v != want {
			r.t.Errorf("%s is %v (present: %v), want %v", key, v, ok, want)
		}
	}
}

// hourly ticks at 20 minutes past the hour.
type hourly struct{}

func (hourly) Next(after time.Time) time.Time {
	next := after.Truncate(time.Hour).Add(20 * time.Minute)
	if !next.After(after) {
		next = next.Add(time.Hour)
	}
	return next
}

func (hourly) Late(since time.Time) time.Time { return since.Add(3 * time.Hour) }
