package monitor

import (
	"context"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// readTimeout bounds reading the coverage after a pass: an unreachable warehouse must not delay the schedule.
const readTimeout = 30 * time.Second

// Pass runs a pass and records its result. When it returns, the metrics show the result. Pass must not run twice at
// once.
func (s *Server) Pass(ctx context.Context, run func(ctx context.Context) flow.Run) {
	defer context.AfterFunc(ctx, s.stop)()
	m := s.deps.Metrics
	m.plan()
	s.set(func() { s.began = s.deps.Now() })
	r := run(ctx)
	m.passes.WithLabelValues(string(r.State)).Inc()
	m.passDuration.Observe(max(0, r.Finished.Sub(r.Started).Seconds()))
	if succeeded(r) {
		s.set(func() { s.success = r.Finished })
		m.lastSuccess.Set(seconds(r.Finished))
	}
	s.Refresh(ctx)
	s.set(func() { s.began, s.ended = time.Time{}, s.deps.Now() })
}

// succeeded reports whether a pass shows that the schedule makes progress.
//
// A pass that is done does, even if nothing was due. A partial pass does if it stored a window: a few bad windows may
// fail for days while all other data stay current, and the metrics by state show them. A partial pass that stored
// nothing means that the API is down. A denied or failed pass is no progress, whatever it stored: the key or the
// warehouse needs the operator.
func succeeded(r flow.Run) bool {
	return r.State == flow.RunDone || r.State == flow.RunPartial && r.Accepted > 0
}

// Refresh reads the coverage from the warehouse into the metrics. If that fails, it logs a warning and the metrics
// stay as they are.
func (s *Server) Refresh(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	coverage, err := s.deps.Warehouse.Coverage(ctx)
	if err != nil {
		s.deps.Log.Warn("freshness and buckets in the metrics are those of an earlier pass", "error", err)
		return
	}
	s.deps.Metrics.covered(coverage)
}

// stop makes the server not ready: the schedule is stopping.
func (s *Server) stop() { s.set(func() { s.stopping = true }) }

func (s *Server) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}
