package pipeline

import (
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// lane is one series in a pass: what is due of it, and what is known of how the API answers it.
type lane struct {
	series flow.Series
	tasks  []Task // as planned
	due    dues
	beyond dues // due before the order's range: asked for only to tell age from a fault

	// Of the ledger and of this pass.
	newest time.Time     // end of the newest bucket that was answered, zero where none was
	reach  time.Duration // the longest age at which a bucket was answered, by the ledger
	// Of this pass.
	oldest time.Time // start of the oldest bucket that was answered, zero where none was

	hinted  time.Time // start of the last window that begins where a hint says
	flying  int       // windows under way
	refused []refusal // windows that the API refused, or answered with nonsense, and nobody has learned from yet
	busy    bool      // one goroutine has the lane for itself
}

// plan takes what is due by the ledger.
func (l *lane) plan(g Grid, all flow.Window, known []flow.LedgerSpan, now time.Time) {
	l.tasks = Plan(g, known, now)
	for _, t := range l.tasks {
		l.due.add(t)
	}
	if all.End = g.Range.Begin; !all.Empty() {
		g.Range, g.Force = all, false
		for _, t := range Plan(g, known, now) {
			l.beyond.add(t)
		}
	}
	for _, k := range known {
		if k.State == flow.Accepted {
			l.newest = later(l.newest, k.Window.End)
			l.reach = max(l.reach, k.Reach)
		}
	}
}

// answered notes that a window was answered.
func (l *lane) answered(w flow.Window) {
	l.due.remove(w)
	l.beyond.remove(w)
	l.newest = later(l.newest, w.End)
	if l.oldest.IsZero() || w.Begin.Before(l.oldest) {
		l.oldest = w.Begin
	}
}

// older is what is due of the lane before a bucket, asked for or not.
func (l *lane) older(bucket time.Time) dues { return slices.Concat(l.beyond, l.due).before(bucket) }

// neighbours is the range of due buckets that ends at a bucket's start, if any.
func (l *lane) neighbours(bucket time.Time) (Task, bool) {
	for _, t := range l.due {
		if t.plain() && t.Window.End.Equal(bucket) {
			return t, true
		}
	}
	return Task{}, false
}

// region is what the series of one access region have taught: the API may keep each region for another time.
type region struct {
	deep     time.Time     // start of the oldest bucket that was answered
	pioneers int           // windows under way that reach farther back
	kept     time.Duration // an age at which a bucket was found too old, the least, 0 where none was
}

// read takes what the ledger knows of one of the region's series.
func (r *region) read(known []flow.LedgerSpan, c flow.Calendar, now time.Time) {
	for _, k := range known {
		if k.State == flow.Accepted {
			if deep := now.Add(-k.Reach); r.deep.IsZero() || deep.Before(r.deep) {
				r.deep = deep
			}
		}
		if k.State == flow.Unavailable {
			if kept := k.Sent.At.Sub(c.Floor(k.Window.End.Add(-time.Second))); r.kept == 0 || kept < r.kept {
				r.kept = kept
			}
		}
	}
}

// horizon is the first bucket that the API may still keep of a series, going by what others have learned, those of its region before others;
// zero where nothing tells. What is older has grown older since: the horizon moves with the clock. It only says where to ask first.
func (q *queue) horizon(l *lane) time.Time {
	kept := q.regions[l.series.Region].kept
	own := kept > 0
	for _, r := range q.regions {
		if !own && r.kept > 0 && (kept == 0 || r.kept < kept) {
			kept = r.kept
		}
	}
	if kept == 0 {
		return time.Time{}
	}
	c := q.group.calendar
	first := c.Next(c.Floor(q.deps.Now().Add(-kept)))
	if deep := q.regions[l.series.Region].deep; !own && !deep.IsZero() && deep.Before(first) {
		return time.Time{}
	}
	if !l.oldest.IsZero() && l.oldest.Before(first) {
		return time.Time{} // it has been answered there
	}
	return first
}
