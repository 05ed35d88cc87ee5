// Package monitor shows how a schedule is doing: health, readiness and metrics, over HTTP.
//
// Invariant: it reads the warehouse and never writes, and no number of probes or scrapes makes it ask the warehouse more often: a scrape
// asks nothing, and the answer to a probe is kept for a few seconds. Labels hold nothing but what the configuration and the code name, so
// that the number of series is known from the start.
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

// Warehouse is asked how it is.
type Warehouse interface {
	// Check returns an error unless the warehouse answers and its tables are at this program's version.
	Check(ctx context.Context) error
	// Coverage returns how complete the configured series are.
	Coverage(ctx context.Context) ([]report.Coverage, error)
}

// Ticks are the moments at which passes should start.
type Ticks interface {
	// Next is the first tick after a moment, zero where none is to come.
	Next(after time.Time) time.Time
	// Late is when three periods have passed since a moment, zero where no more ticks are to come.
	Late(since time.Time) time.Time
}

// Dependencies are what a server needs of the world.
type Dependencies struct {
	Metrics   *Metrics
	Warehouse Warehouse
	Ticks     Ticks
	Now       func() time.Time
	Log       *slog.Logger
}

// Server answers what an operator or a monitor asks about the schedule of this process. It is safe for concurrent use.
type Server struct {
	deps    Dependencies
	started time.Time
	probe   probe

	mu       sync.Mutex
	began    time.Time // of the pass under way, zero between passes
	ended    time.Time // of the last pass, zero before
	success  time.Time // of the last pass that succeeded, zero before
	stopping bool
}

// New returns a server; it asks nothing and listens nowhere yet. The time in which a pass should succeed counts from here.
func New(deps Dependencies) *Server {
	s := &Server{deps: deps, started: deps.Now()}
	promauto.With(deps.Metrics.registry).NewGaugeFunc(prometheus.GaugeOpts{
		Name: "mnaflow_standing_still",
		Help: "1 when no pass has succeeded for three periods of the schedule, or since the start if that was later; else 0.",
	}, func() float64 {
		if s.progress().bad {
			return 1
		}
		return 0
	})
	return s
}
