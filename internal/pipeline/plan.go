package pipeline

import (
	"cmp"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Due says why a window is asked for.
type Due string

// Why a bucket is due. A window is named after most of its buckets.
const (
	DueForced   Due = "forced"      // --force
	DueFailed   Due = "failed"      // the last attempt failed
	DueGap      Due = "gap"         // never answered, though something later is
	DueNew      Due = "never asked" // nothing later is covered either
	DueNotFinal Due = "not final"   // its last answer was too early to be final, and refresh has passed
)

// Grid is what may be asked of one series.
type Grid struct {
	Series     flow.Series
	Calendar   flow.Calendar
	Range      flow.Window // on bucket boundaries, and settled
	Refresh    time.Duration
	Finality   time.Duration
	MaxBuckets int // in one window
	Force      bool
}

// Task is one window to be asked for.
type Task struct {
	Series   flow.Series
	Calendar flow.Calendar
	Window   flow.Window
	Buckets  int
	Due      Due
	Failures int  // attempts in a row that failed for these buckets before
	TooOld   bool // older than the API keeps: to be recorded, not asked for
	Halved   bool // of a window that was refused, neither for its span nor for its age
}

// Bounds on asking for what failed.
const (
	firstBackoff   = 30 * time.Minute    // after the second failure in a row; the first is tried again by the next pass
	longestBackoff = 24 * time.Hour      // of a single bucket; a longer window still hides which of its buckets it is
	unavailableFor = 30 * 24 * time.Hour // then it is asked once more: the vendor may keep more by then
	maxFailedTasks = 64                  // of one series in one pass: a fault in every answer must not cost a request a bucket
)

// Plan turns the due buckets of one series into as few windows as MaxBuckets allows, the oldest first.
//
// A bucket of the range is due when no accepted answer covers it, or when none was sent after its finality and the newest was sent at least
// Refresh before now. Buckets whose last attempt failed come in windows of their own, half as long as the one that failed, after half an hour
// each, until one poisoned bucket is alone; that one comes later and later, down to once a day. Plan is pure; known may be in any order.
func Plan(g Grid, known []flow.Known, now time.Time) []Task {
	spans := newest(g, known)
	var tasks, failed []Task
	var open *flow.Known // the failure that the last task belongs to
	var why map[Due]int  // of the last task: its buckets by why they are due
	extend := func(bucket, next time.Time, due Due, failure *flow.Known) {
		list := &tasks
		if failure != nil {
			list = &failed
		}
		if n := len(*list); n > 0 && open == failure && (*list)[n-1].Window.End.Equal(bucket) && (failure != nil || (*list)[n-1].Buckets < g.MaxBuckets) {
			last := &(*list)[n-1]
			last.Window.End = next
			last.Buckets++
			if why[due]++; why[due] > why[last.Due] {
				last.Due = due
			}
			return
		}
		open, why = failure, map[Due]int{due: 1}
		task := Task{Series: g.Series, Calendar: g.Calendar, Window: flow.Window{Begin: bucket, End: next}, Buckets: 1, Due: due}
		if failure != nil {
			task.Failures = failure.Failures
		}
		*list = append(*list, task)
	}
	for _, s := range spans {
		if !g.Force && !s.finalBefore.Before(s.Window.End) {
			continue
		}
		for bucket := s.Window.Begin; bucket.Before(s.Window.End); {
			next := g.Calendar.Next(bucket)
			if due, ok := s.due(g, bucket, now); ok {
				extend(bucket, next, due, s.failure)
			}
			bucket = next
		}
	}
	tasks = append(tasks, halve(failed, g)...)
	slices.SortFunc(tasks, func(a, b Task) int { return a.Window.Begin.Compare(b.Window.Begin) })
	return tasks
}

// span is a range of the grid in which every bucket has the same newest attempts.
type span struct {
	flow.Window
	answered    bool
	sent        flow.Stamp  // of the newest accepted answer
	finalBefore time.Time   // buckets before it are final
	failure     *flow.Known // the newest attempt, where it failed or found the range unavailable
	last        bool        // nothing later is covered
}

// newest cuts the grid's range at the ends of what is known and finds the newest attempts of each part.
func newest(g Grid, known []flow.Known) []span {
	cuts := []time.Time{g.Range.Begin, g.Range.End}
	var covered time.Time // end of the newest covered bucket
	for _, k := range known {
		if k.State == flow.Accepted && k.Window.End.After(covered) {
			covered = k.Window.End
		}
		if w := k.Window.Intersect(g.Range); !w.Empty() {
			cuts = append(cuts, w.Begin, w.End)
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	cuts = slices.CompactFunc(cuts, time.Time.Equal)
	spans := make([]span, 0, len(cuts))
	for i := 1; i < len(cuts); i++ {
		spans = append(spans, span{Window: flow.Window{Begin: cuts[i-1], End: cuts[i]}, last: !cuts[i-1].Before(covered)})
	}
	for i := range known {
		k := &known[i]
		w := k.Window.Intersect(g.Range)
		if w.Empty() {
			continue
		}
		from, _ := slices.BinarySearchFunc(spans, w.Begin, func(s span, t time.Time) int { return s.Begin.Compare(t) })
		for j := from; j < len(spans) && spans[j].Begin.Before(w.End); j++ {
			spans[j].take(k)
		}
	}
	for i := range spans {
		s := &spans[i]
		if s.failure != nil && s.answered && s.failure.Sent.Version < s.sent.Version {
			s.failure = nil
		}
		if s.answered {
			s.finalBefore = g.Calendar.FinalBefore(s.sent.At, g.Finality)
		}
	}
	return spans
}

func (s *span) take(k *flow.Known) {
	switch {
	case k.State == flow.Accepted:
		if !s.answered || k.Sent.At.After(s.sent.At) {
			s.sent.At = k.Sent.At
		}
		s.sent.Version = max(s.sent.Version, k.Sent.Version)
		s.answered = true
	case s.failure == nil || cmp.Compare(k.Sent.Version, s.failure.Sent.Version) > 0:
		s.failure = k
	}
}

// due says whether and why a bucket of the span is to be asked for.
func (s *span) due(g Grid, bucket, now time.Time) (Due, bool) {
	switch {
	case g.Force:
		return DueForced, true
	case s.answered && (bucket.Before(s.finalBefore) || now.Before(s.sent.At.Add(g.Refresh))):
		return "", false
	case s.failure != nil:
		// A failure in the future was noted by a clock that has been set right since: it would wait for that moment.
		waited := now.Sub(s.failure.Sent.At)
		return DueFailed, waited < 0 || waited >= backoff(s.failure, g.Calendar)
	case s.answered:
		return DueNotFinal, true
	case s.last:
		return DueNew, true
	}
	return DueGap, true
}

// backoff is how long after its last failure a window is left alone.
func backoff(k *flow.Known, c flow.Calendar) time.Duration {
	if k.State == flow.Unavailable {
		return unavailableFor
	}
	if k.Failures < 2 {
		return 0
	}
	if c.Next(k.Window.Begin).Before(k.Window.End) {
		return firstBackoff
	}
	return min(longestBackoff, firstBackoff<<min(k.Failures-2, 16))
}

// halve splits each window of failed buckets in two, so that one poisoned bucket is found in a few passes; a window that failed by an outage
// is whole again. At most maxFailedTasks remain, those with the fewest failures.
func halve(failed []Task, g Grid) []Task {
	var out []Task
	for _, t := range failed {
		size := t.Buckets
		if t.Failures > 0 {
			size = (size + 1) / 2
		}
		out = append(out, t.split(min(size, g.MaxBuckets))...)
	}
	if len(out) > maxFailedTasks {
		slices.SortStableFunc(out, func(a, b Task) int { return cmp.Compare(a.Failures, b.Failures) })
		out = out[:maxFailedTasks]
	}
	return out
}

// split cuts a task into windows of at most size buckets.
func (t Task) split(size int) []Task {
	if t.Buckets <= size {
		return []Task{t}
	}
	var out []Task
	for begin, left := t.Window.Begin, t.Buckets; left > 0; {
		part := t
		part.Buckets = min(size, left)
		part.Window = flow.Window{Begin: begin, End: t.Calendar.Skip(begin, part.Buckets)}
		out = append(out, part)
		begin, left = part.Window.End, left-part.Buckets
	}
	return out
}
