package monitor

import (
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/trace"
)

// Config lists the values of the labels, which fixes the number of series.
type Config struct {
	Version       string
	Accounts      []string
	Granularities []flow.Granularity
	Tables        []string // those that a load inserts into
}

// Values of the label `state`, for passes and for buckets.
const (
	bucketCovered     = "covered"
	bucketFailed      = "failed"
	bucketUnavailable = "unavailable"
	bucketGap         = "gap"
)

// results are the values of the label `result`: the first two, and the classes of a request's error.
func results() []string {
	return []string{
		trace.Answered, trace.Interrupted, string(flow.Throttled), string(flow.Transient), string(flow.Refused),
		string(flow.Rejected), string(flow.Denied), string(flow.Disagrees), string(flow.Unexpected),
	}
}

// track identifies the windows of one account and granularity.
type track struct {
	account     string
	granularity flow.Granularity
}

// Metrics count what passes do, for Prometheus. They are safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	config   Config
	now      func() time.Time

	mu          sync.Mutex
	passPlanned map[track]bool // what the pass under way has planned

	requests, retries                             *prometheus.CounterVec
	windows, rows, revisions, retractions, passes *prometheus.CounterVec
	requestDuration, passDuration                 prometheus.Histogram
	insertDuration                                *prometheus.HistogramVec
	due, freshness, buckets                       *prometheus.GaugeVec
	lastSuccess                                   prometheus.Gauge
}

// NewMetrics returns metrics in a registry of their own. Every series starts at 0: without that, rate() would miss
// its first event.
func NewMetrics(config Config, now func() time.Time) *Metrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	create := promauto.With(registry)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return create.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return create.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets ...float64) prometheus.HistogramOpts {
		return prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}
	}
	m := &Metrics{
		registry: registry, config: config, now: now, passPlanned: map[track]bool{},

		requests: counter("mnaflow_requests_total", "Requests sent to the API, by result.", "account", "result"),
		retries: counter("mnaflow_retries_total",
			"Requests retried after a transient failure; retries of throttled requests are not counted.", "account"),
		requestDuration: create.NewHistogram(histogram("mnaflow_request_duration_seconds",
			"Time from sending a request to the API to the end of its answer.",
			0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30, 60)),

		windows: counter("mnaflow_windows_total", "Attempts at windows that are in the ledger, by state.",
			"account", "granularity", "state"),
		rows: counter("mnaflow_rows_total", "Facts written to the warehouse.", "account", "granularity"),
		revisions: counter("mnaflow_revisions_total", "Buckets whose value the API changed.",
			"account", "granularity"),
		retractions: counter("mnaflow_retractions_total",
			"Buckets that the API does not report any more; each is a revision too.", "account", "granularity"),
		insertDuration: create.NewHistogramVec(histogram("mnaflow_insert_duration_seconds",
			"Time until ClickHouse acknowledged an insert, by table.",
			0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60), []string{"table"}),

		due: gauge("mnaflow_due_windows", "Windows that the last pass found due and has not requested yet.",
			"account", "granularity"),
		freshness: gauge("mnaflow_freshness_timestamp_seconds",
			"End of the newest bucket up to which every configured series has been answered; 0 before it is known.",
			"account", "granularity"),
		buckets: gauge("mnaflow_buckets", "Buckets from start to now less settle, by state, read after each pass; "+
			"all but covered ones are missing.", "account", "granularity", "state"),

		passes: counter("mnaflow_passes_total", "Passes that have ended, by state.", "state"),
		passDuration: create.NewHistogram(histogram("mnaflow_pass_duration_seconds", "Time that a pass took.",
			1, 5, 15, 60, 300, 900, 3600, 14400)),
		lastSuccess: create.NewGauge(prometheus.GaugeOpts{Name: "mnaflow_last_success_timestamp_seconds",
			Help: "End of the last pass of this process that succeeded; 0 before the first."}),
	}
	build := gauge("mnaflow_build_info", "Always 1; the labels say what runs.", "version", "goversion")
	build.WithLabelValues(config.Version, runtime.Version()).Set(1)
	m.start()
	return m
}

// start creates every series, with the value 0.
func (m *Metrics) start() {
	for _, account := range m.config.Accounts {
		m.retries.WithLabelValues(account)
		for _, result := range results() {
			m.requests.WithLabelValues(account, result)
		}
	}
	m.each(func(account, granularity string) {
		for _, counter := range []*prometheus.CounterVec{m.rows, m.revisions, m.retractions} {
			counter.WithLabelValues(account, granularity)
		}
		for _, state := range []flow.State{flow.Accepted, flow.Failed, flow.Unavailable} {
			m.windows.WithLabelValues(account, granularity, string(state))
		}
		for _, state := range []string{bucketCovered, bucketFailed, bucketUnavailable, bucketGap} {
			m.buckets.WithLabelValues(account, granularity, state)
		}
		m.due.WithLabelValues(account, granularity)
		m.freshness.WithLabelValues(account, granularity)
	})
	for _, table := range m.config.Tables {
		m.insertDuration.WithLabelValues(table)
	}
	for _, state := range []flow.RunState{
		flow.RunDone, flow.RunPartial, flow.RunDenied, flow.RunInterrupted, flow.RunFailed,
	} {
		m.passes.WithLabelValues(string(state))
	}
}

// each calls f for every account and granularity of the configuration.
func (m *Metrics) each(f func(account, granularity string)) {
	for _, account := range m.config.Accounts {
		for _, g := range m.config.Granularities {
			f(account, string(g))
		}
	}
}
