package monitor

import (
	"context"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// readTimeout bounds reading the coverage after a pass: a warehouse that has gone away must not hold up the schedule.
const readTimeout = 30 * time.Second

// Pass runs a pass and keeps what became of it. It returns when the metrics show it.
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

// succeeded says whether a pass counts against standing still.
//
// One that is done does, even where nothing was due. One that is partial does if it stored anything: windows that fail for reasons of their
// own come back for days, and show in the buckets and windows by state, while the data go on. It does not if it stored nothing, which is the
// API being away. A refused key (denied) needs a person and a warehouse that failed has lost the pass, whatever else was stored.
func succeeded(r flow.Run) bool {
	return r.State == flow.RunDone || r.State == flow.RunPartial && r.Accepted > 0
}

// Refresh reads from the warehouse how complete it is. A failure leaves what was read before and is logged.
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

// stop makes the server not ready: the schedule has been told to stop.
func (s *Server) stop() { s.set(func() { s.stopping = true }) }

func (s *Server) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}
