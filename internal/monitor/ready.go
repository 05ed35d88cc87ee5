package monitor

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Bounds of readiness.
const (
	probeTimeout = 3 * time.Second // of one check of the warehouse
	probeKept    = 5 * time.Second // how long its result is kept
	tickGrace    = time.Minute     // how late a pass may start
)

// finding is one line of the answer to /readyz.
type finding struct {
	bad  bool
	name string
	text string
}

func (f finding) String() string {
	verdict := "ok  "
	if f.bad {
		verdict = "FAIL"
	}
	return fmt.Sprintf("%s %s: %s\n", verdict, f.name, f.text)
}

// ready answers 200 if the warehouse is usable, the scheduler is alive and passes succeed, else 503; with one line
// for each of the three.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	var text strings.Builder
	code := http.StatusOK
	for _, f := range []finding{s.warehouse(r.Context()), s.scheduler(), s.progress()} {
		text.WriteString(f.String())
		if f.bad {
			code = http.StatusServiceUnavailable
		}
	}
	plain(w, code, text.String())
}

// probe keeps the result of the last check of the warehouse.
type probe struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

// warehouse checks the warehouse, at most once in probeKept.
func (s *Server) warehouse(ctx context.Context) finding {
	p := &s.probe
	p.mu.Lock()
	defer p.mu.Unlock()
	if age := s.deps.Now().Sub(p.at); p.at.IsZero() || age < 0 || age >= probeKept {
		// Other probes wait for this result, so the check must outlive the probe that started it.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTimeout)
		defer cancel()
		p.at, p.err = s.deps.Now(), s.deps.Warehouse.Check(ctx)
	}
	if p.err != nil {
		return finding{true, "warehouse", p.err.Error()}
	}
	return finding{false, "warehouse", "it answers, and its tables are at this program's version"}
}

// scheduler reports whether passes start at their ticks.
func (s *Server) scheduler() finding {
	const name = "scheduler"
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.stopping:
		return finding{true, name, "it is stopping"}
	case !s.began.IsZero():
		return finding{false, name, "a pass runs since " + moment(s.began)}
	case s.ended.IsZero():
		return finding{true, name, "it has not started yet"}
	}
	next := s.deps.Ticks.Next(s.ended)
	switch {
	case next.IsZero():
		return finding{false, name, "no further pass is scheduled"}
	case s.deps.Now().After(next.Add(tickGrace)):
		return finding{true, name, "no pass has started at the tick of " + moment(next)}
	}
	return finding{false, name, "the next pass starts at " + moment(next)}
}

// progress reports whether a pass succeeded in the last three periods. A pass that hangs, or takes longer than that,
// counts as a failure.
func (s *Server) progress() finding {
	const name = "progress"
	s.mu.Lock()
	defer s.mu.Unlock()
	since, text := s.success, "the last pass that succeeded ended at "
	if since.IsZero() {
		since, text = s.started, "no pass has succeeded since the start at "
	}
	text += moment(since)
	if late := s.deps.Ticks.Late(since); !late.IsZero() && s.deps.Now().After(late) {
		return finding{true, name, text + ", and three periods of the schedule were over at " + moment(late)}
	}
	return finding{false, name, text}
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }
