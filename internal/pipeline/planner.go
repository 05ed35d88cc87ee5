package pipeline

import (
	"cmp"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// planner makes tasks of spans. Spans come the oldest first.
type planner struct {
	grid   Grid
	now    time.Time
	tasks  []Task
	alone  []retry
	ranges []doubted
	why    map[Due]int // how many buckets of the last task are due for which reason
}

// retry is a range of one failed attempt that is requested again in windows of its own.
type retry struct {
	Task
	failure *flow.LedgerSpan
}

// doubted is a range of which one bucket is requested.
type doubted struct {
	Task
	sent time.Time // when it was requested last
	last bool      // nothing later is covered
}

// take makes tasks of a span that is due.
func (p *planner) take(s span) {
	due := s.due(p.grid)
	touches := len(p.ranges) > 0 && p.ranges[len(p.ranges)-1].Window.End.Equal(s.Begin)
	doubt := s.doubt()
	switch {
	case doubt != "":
		r := doubted{Task: p.task(s.Window, due), sent: s.failure.Sent.At, last: s.last}
		r.Doubt, r.Failures = doubt, s.failure.Failures
		if touches && p.ranges[len(p.ranges)-1].Doubt == doubt {
			p.ranges[len(p.ranges)-1].join(r)
			return
		}
		p.ranges = append(p.ranges, r)
	case touches && s.last && !s.answered && p.ranges[len(p.ranges)-1].Doubt == DoubtFailed:
		p.ranges[len(p.ranges)-1].join(doubted{Task: p.task(s.Window, due), last: true})
	case s.failure != nil && (s.failure.Failures > 0 || !outageClasses[s.failure.Class]):
		waited := p.now.Sub(s.failure.Sent.At)
		if p.grid.Force || waited < 0 || waited >= backoff(s.failure, p.grid.Calendar) {
			t := p.task(s.Window, due)
			t.Failures, t.Alone = s.failure.Failures, true
			if n := len(p.alone); n > 0 && p.alone[n-1].failure == s.failure && p.alone[n-1].Window.End.Equal(s.Begin) {
				p.alone[n-1].Window.End = t.Window.End
				p.alone[n-1].Buckets += t.Buckets
				return
			}
			p.alone = append(p.alone, retry{Task: t, failure: s.failure})
		}
	default:
		for bucket := range p.grid.Calendar.Buckets(s.Window) {
			p.extend(bucket, due)
		}
	}
}

func (p *planner) task(w flow.Window, due Due) Task {
	return Task{
		Series: p.grid.Series, Calendar: p.grid.Calendar, Window: w, Buckets: p.grid.Calendar.Count(w), Due: due,
	}
}

// extend adds one bucket to the last window, or begins another.
func (p *planner) extend(bucket time.Time, due Due) {
	next := p.grid.Calendar.Next(bucket)
	if n := len(p.tasks); n > 0 && p.tasks[n-1].Window.End.Equal(bucket) && p.tasks[n-1].Buckets < p.grid.MaxBuckets {
		t := &p.tasks[n-1]
		t.Window.End = next
		t.Buckets++
		if p.why[due]++; p.why[due] > p.why[t.Due] {
			t.Due = due
		}
		return
	}
	p.why = map[Due]int{due: 1}
	p.tasks = append(p.tasks, p.task(flow.Window{Begin: bucket, End: next}, due))
}

// halved are the suspect windows in halves. One that failed once, or that an outage failed since, comes whole. If they
// are more than maxFailedTasks, those with the fewest failures remain.
func (p *planner) halved() []Task {
	var out []Task
	for _, t := range p.alone {
		if t.Buckets == 1 || t.failure.Failures < 2 || outageClasses[t.failure.Class] {
			out = append(out, t.split(p.grid.MaxBuckets)...)
			continue
		}
		newer, older := t.halve(0)
		out = append(out, slices.Concat(newer.split(p.grid.MaxBuckets), older.split(p.grid.MaxBuckets))...)
	}
	if len(out) > maxFailedTasks {
		slices.SortStableFunc(out, func(a, b Task) int { return cmp.Compare(a.Failures, b.Failures) })
		out = out[:maxFailedTasks]
	}
	return out
}

// join extends the range by one that begins where it ends.
func (r *doubted) join(next doubted) {
	r.Window.End = next.Window.End
	r.Buckets += next.Buckets
	r.Failures = max(r.Failures, next.Failures)
	r.sent, r.last = later(r.sent, next.sent), next.last
}

// due says whether the wait since the last request is over.
func (r *doubted) due(now time.Time) bool {
	wait := unavailableFor
	if r.Doubt == DoubtFailed {
		longest := longestBackoff
		if r.last {
			longest = newestBackoff
		}
		wait = steps(r.Failures, longest)
	}
	// A failure in the future was noted by a clock that was ahead and has been set right: do not wait for that moment.
	waited := now.Sub(r.sent)
	return waited < 0 || waited >= wait
}
