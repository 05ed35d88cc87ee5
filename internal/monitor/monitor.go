// Package monitor serves the health, readiness and metrics of a running schedule over HTTP.
//
// Invariant: it reads the warehouse and never writes to it, and more probes or scrapes do not mean more queries: a
// scrape sends none, and the result of a probe is kept for five seconds. Labels take their values from the
// configuration and the code alone, so that the number of series is fixed from the start.
package monitor

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/mnaflow/mnaflow/internal/report"
)

// Warehouse is the part of the warehouse that the monitor reads.
type Warehouse interface {
	// Check returns an error unless the warehouse answers and its tables are at this program's version.
	Check(ctx context.Context) error
	// Coverage returns how complete the data are, for each account and granularity.
	Coverage(ctx context.Context) ([]report.Coverage, error)
}

// Ticks are the times at which passes should start.
type Ticks interface {
	// Next returns the first tick after a moment; zero if no tick is left.
	Next(after time.Time) time.Time
	// Late returns the moment three periods after since; zero if too few ticks are left. See schedule.Ticks.
	Late(since time.Time) time.Time
}

// Dependencies are what a server works with.
type Dependencies struct {
	Metrics   *Metrics
	Warehouse Warehouse
	Ticks     Ticks
	Now       func() time.Time
	Log       *slog.Logger
}

// Server serves the state of this process's schedule. It is safe for concurrent use.
type Server struct {
	deps    Dependencies
	started time.Time
	probe   probe

	mu       sync.Mutex
	began    time.Time // start of the pass under way; zero between passes
	ended    time.Time // end of the last pass; zero before the first
	success  time.Time // end of the last pass that succeeded; zero before the first
	stopping bool
}

// New returns a server. It sends no query and does not listen yet. From now on a pass must succeed within three
// periods of the schedule.
func New(deps Dependencies) *Server {
	s := &Server{deps: deps, started: deps.Now()}
	promauto.With(deps.Metrics.registry).NewGaugeFunc(prometheus.GaugeOpts{
		Name: "mnaflow_standing_still",
		Help: "1 when no pass has succeeded for three periods of the schedule, or since the start if that was " +
			"later; else 0.",
	}, func() float64 {
		if s.progress().bad {
			return 1
		}
		return 0
	})
	return s
}
