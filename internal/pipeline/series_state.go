package pipeline

import (
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// seriesState is one series in a pass: what is due, and how the API has answered so far. Once its group runs, the
// dispatcher's mutex guards it.
type seriesState struct {
	series      flow.Series
	tasks       []Task // as planned
	due         dueTasks
	beforeRange dueTasks // due before the order's range: requested only by classify, to tell age from a fault

	// Of the ledger and of this pass.
	newest time.Time // end of the newest bucket that was ever answered; zero for none
	// Of the ledger.
	reach time.Duration // the greatest age at which a bucket was answered
	// Of this pass.
	oldest time.Time // start of the oldest bucket that was answered; zero for none

	atHorizon time.Time // start of the last window that begins at the horizon
	inFlight  int       // windows that were requested and have no result yet
	refused   []refusal // windows that the API refused and that diagnose has not seen yet
	exclusive bool      // one goroutine has the series for itself
}

// plan takes over what is due by the ledger. all is the grid's range and what is configured before it.
func (s *seriesState) plan(g Grid, all flow.Window, ledger []flow.LedgerSpan, now time.Time) {
	s.tasks = Plan(g, ledger, now)
	for _, t := range s.tasks {
		s.due.add(t)
	}
	if all.End = g.Range.Begin; !all.Empty() {
		g.Range, g.Force = all, false
		for _, t := range Plan(g, ledger, now) {
			s.beforeRange.add(t)
		}
	}
	for _, span := range ledger {
		if span.State == flow.Accepted {
			s.newest = later(s.newest, span.Window.End)
			s.reach = max(s.reach, span.Reach)
		}
	}
}

// answered notes that a window was answered.
func (s *seriesState) answered(w flow.Window) {
	s.due.remove(w)
	s.beforeRange.remove(w)
	s.newest = later(s.newest, w.End)
	if s.oldest.IsZero() || w.Begin.Before(s.oldest) {
		s.oldest = w.Begin
	}
}

// dueBefore is what is due before a bucket, in the order's range and before it.
func (s *seriesState) dueBefore(bucket time.Time) dueTasks {
	return slices.Concat(s.beforeRange, s.due).before(bucket)
}

// adjoining is the range of due buckets that ends where a bucket starts, if there is one.
func (s *seriesState) adjoining(bucket time.Time) (Task, bool) {
	for _, t := range s.due {
		if t.plain() && t.Window.End.Equal(bucket) {
			return t, true
		}
	}
	return Task{}, false
}

// region is what the series of one access region have shown: the API may keep data longer in one region than in
// another.
type region struct {
	oldest       time.Time     // start of the oldest bucket that was answered; zero for none
	deepInFlight int           // windows in flight that begin before oldest
	retention    time.Duration // the least age at which a bucket was found too old, 0 for none
}

// read takes over what the ledger says of one series of the region.
func (r *region) read(ledger []flow.LedgerSpan, c flow.Calendar, now time.Time) {
	for _, span := range ledger {
		if span.State == flow.Accepted {
			if oldest := now.Add(-span.Reach); r.oldest.IsZero() || oldest.Before(r.oldest) {
				r.oldest = oldest
			}
		}
		if span.State == flow.Unavailable {
			newest := c.Floor(span.Window.End.Add(-time.Second))
			if retention := span.Sent.At.Sub(newest); r.retention == 0 || retention < r.retention {
				r.retention = retention
			}
		}
	}
}

// horizon is the first bucket that the API may still keep of a series, by what other series have shown; those of its
// own region count before others. It is zero where nothing is known, or where the series was answered farther back.
//
// It moves with the clock: where a bucket 10 days old was too old yesterday, today the horizon is 10 days before today.
// It says where to ask first, and never what to leave out.
func (d *dispatcher) horizon(s *seriesState) time.Time {
	region := d.regions[s.series.Region]
	retention := region.retention
	own := retention > 0
	for _, r := range d.regions {
		if !own && r.retention > 0 && (retention == 0 || r.retention < retention) {
			retention = r.retention
		}
	}
	if retention == 0 {
		return time.Time{}
	}
	c := d.group.calendar
	first := c.Next(c.Floor(d.deps.Now().Add(-retention)))
	if !own && !region.oldest.IsZero() && region.oldest.Before(first) {
		return time.Time{} // its region is kept longer than the others
	}
	if !s.oldest.IsZero() && s.oldest.Before(first) {
		return time.Time{}
	}
	return first
}
