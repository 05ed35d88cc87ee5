package monitor

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/report"
	"github.com/mnaflow/mnaflow/internal/trace"
)

// Trace is what a pass calls to be counted.
func (m *Metrics) Trace() trace.Trace {
	return trace.Trace{Planned: m.planned, Request: m.request, Asked: m.asked, Insert: m.insert, Stored: m.stored}
}

// request counts a request of an account and its result.
func (m *Metrics) request(account string, retry bool) (ended func(result string)) {
	sent := m.now()
	if retry {
		m.retries.WithLabelValues(account).Inc()
	}
	return func(result string) {
		if !slices.Contains(results(), result) {
			result = string(flow.Unexpected) // no series that is not there from the start
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

// since never goes back when the clock does: a histogram's sum must not.
func (m *Metrics) since(t time.Time) float64 { return max(0, m.now().Sub(t).Seconds()) }

// stored counts a batch that the ledger has.
func (m *Metrics) stored(attempts []flow.Attempt) {
	for _, a := range attempts {
		account, granularity := a.Series.Account, string(a.Series.Granularity)
		m.windows.WithLabelValues(account, granularity, string(a.State)).Inc()
		m.rows.WithLabelValues(account, granularity).Add(float64(len(a.Transformed.Facts)))
		m.revisions.WithLabelValues(account, granularity).Add(float64(a.Revised))
		m.retractions.WithLabelValues(account, granularity).Add(float64(a.Retracted))
	}
}

// planned counts windows that are due: first all that a pass has found, then what cutting them makes more or fewer.
func (m *Metrics) planned(account string, g flow.Granularity, windows int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	due := m.due.WithLabelValues(account, string(g))
	if of := (track{account, g}); !m.passPlanned[of] {
		m.passPlanned[of] = true
		due.Set(float64(windows)) // what the last pass left is among them again
		return
	}
	due.Add(float64(windows))
}

// asked counts windows that have been asked for.
func (m *Metrics) asked(account string, g flow.Granularity, windows, _ int) {
	m.due.WithLabelValues(account, string(g)).Sub(float64(windows))
}

// Pace shows the pace of an account's key, which falls when the API refuses, against its limit, in requests a second.
func (m *Metrics) Pace(account string, present func() float64, limit float64) {
	labels := prometheus.Labels{"account": account}
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "mnaflow_pace_requests_per_second", ConstLabels: labels,
			Help: "Requests a second that the account's key allows itself at present; it halves when the API refuses one, and recovers.",
		}, present),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "mnaflow_pace_limit_requests_per_second", ConstLabels: labels,
			Help: "Requests a second that the account's key allows itself at most.",
		}, func() float64 { return limit }),
	)
}

// plan starts a pass. What the last one left stays due until there is a new plan, which there is none of while the warehouse is away.
func (m *Metrics) plan() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.passPlanned)
}

// covered shows how complete the warehouse is. What the configuration does not name any more is not shown.
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

// seconds is a moment as Prometheus writes it.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
