package monitor

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/report"
	"github.com/mnaflow/mnaflow/internal/trace"
)

// Trace returns the trace that feeds the metrics.
func (m *Metrics) Trace() trace.Trace {
	return trace.Trace{Planned: m.planned, Request: m.request, Requested: m.requested, Insert: m.insert, Stored: m.stored}
}

// request counts a request, its result and its duration.
func (m *Metrics) request(account string, retry bool) (ended func(result string)) {
	sent := m.now()
	if retry {
		m.retries.WithLabelValues(account).Inc()
	}
	return func(result string) {
		if !slices.Contains(results(), result) {
			result = string(flow.Unexpected) // never create a new series
		}
		m.requests.WithLabelValues(account, result).Inc()
		if result != trace.Interrupted {
			m.requestDuration.Observe(m.since(sent))
		}
	}
}

// insert times an insert into a table.
func (m *Metrics) insert(table string) (acknowledged func()) {
	started := m.now()
	return func() { m.insertDuration.WithLabelValues(table).Observe(m.since(started)) }
}

// since is the time since t in seconds, 0 if the clock was set back: the sum of a histogram must not decrease.
func (m *Metrics) since(t time.Time) float64 { return max(0, m.now().Sub(t).Seconds()) }

// stored counts a batch that the ledger has stored.
func (m *Metrics) stored(attempts []flow.Attempt) {
	for _, a := range attempts {
		account, granularity := a.Series.Account, string(a.Series.Granularity)
		m.windows.WithLabelValues(account, granularity, string(a.State)).Inc()
		m.rows.WithLabelValues(account, granularity).Add(float64(len(a.Transformed.Facts)))
		m.revisions.WithLabelValues(account, granularity).Add(float64(a.Revised))
		m.retractions.WithLabelValues(account, granularity).Add(float64(a.Retracted))
	}
}

// planned updates the number of due windows. The first call in a pass sets it; later ones, when windows are halved or
// dropped, change it.
func (m *Metrics) planned(account string, g flow.Granularity, windows int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	due := m.due.WithLabelValues(account, string(g))
	if of := (track{account, g}); !m.passPlanned[of] {
		m.passPlanned[of] = true
		due.Set(float64(windows)) // includes what the last pass left
		return
	}
	due.Add(float64(windows))
}

// requested takes windows that have their result off the number of due windows.
func (m *Metrics) requested(account string, g flow.Granularity, windows, _ int) {
	m.due.WithLabelValues(account, string(g)).Sub(float64(windows))
}

// Pace adds two gauges, in requests a second: the present pace of an account's key, which falls when the API
// throttles it, and its limit.
func (m *Metrics) Pace(account string, present func() float64, limit float64) {
	labels := prometheus.Labels{"account": account}
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "mnaflow_pace_requests_per_second", ConstLabels: labels,
			Help: "Present pace of the account's key in requests a second; it halves when the API throttles, and " +
				"recovers.",
		}, present),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "mnaflow_pace_limit_requests_per_second", ConstLabels: labels,
			Help: "Fastest pace of the account's key in requests a second.",
		}, func() float64 { return limit }),
	)
}

// plan starts a pass. The windows that the last pass left stay due until planned replaces them: without the warehouse
// there is no plan.
func (m *Metrics) plan() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.passPlanned)
}

// covered sets freshness and buckets. It skips accounts and granularities that the configuration no longer has.
func (m *Metrics) covered(coverage []report.Coverage) {
	for _, c := range coverage {
		if !slices.Contains(m.config.Accounts, c.Account) || !slices.Contains(m.config.Granularities, c.Granularity) {
			continue
		}
		m.freshness.WithLabelValues(c.Account, string(c.Granularity)).Set(seconds(c.FreshTo))
		for state, n := range map[string]uint64{
			bucketCovered: c.Covered, bucketFailed: c.Failed, bucketUnavailable: c.Unavailable, bucketGap: c.Gap,
		} {
			m.buckets.WithLabelValues(c.Account, string(c.Granularity), state).Set(float64(n))
		}
	}
}

// seconds is a moment as Prometheus has it: seconds since 1970.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
