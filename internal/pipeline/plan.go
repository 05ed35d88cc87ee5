package pipeline

import (
	"cmp"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Due says why a window is due.
type Due string

// Why a bucket is due. A window has the reason of most of its buckets.
const (
	DueForced   Due = "forced"      // --force
	DueFailed   Due = "failed"      // the last attempt failed
	DueGap      Due = "gap"         // never answered, though something later is
	DueNew      Due = "never asked" // nothing later is covered either
	DueNotFinal Due = "not final"   // its last answer was too early to be final, and refresh has passed
)

// Grid is the range of one series that may be requested, with the rules for it.
type Grid struct {
	Series     flow.Series
	Calendar   flow.Calendar
	Range      flow.Window   // on bucket boundaries, and settled
	Refresh    time.Duration // how long an answer that is not final is left alone
	Finality   time.Duration // from the end of a bucket's day until it is final
	MaxBuckets int           // in one window
	Force      bool          // everything in Range is due
}

// Bounds on requesting again what failed.
const (
	// firstBackoff is the wait after the second failure in a row. The next pass tries the first one again.
	firstBackoff = 30 * time.Minute
	// newestBackoff is the longest wait at the newest end of a series. That may be a whole region that was down, and
	// more comes due there each hour.
	newestBackoff  = 6 * time.Hour
	longestBackoff = 24 * time.Hour // elsewhere
	// unavailableFor is how long an unavailable range is left alone. By then the vendor may keep more.
	unavailableFor = 30 * 24 * time.Hour
	// maxFailedTasks bounds the windows of one series in one pass that failed before: a fault in every answer must not
	// cost a request a bucket.
	maxFailedTasks = 64
)

// Plan turns the due buckets of one series into as few tasks as MaxBuckets allows, the oldest first.
//
// A bucket of the range is due when no accepted answer covers it. It is due again when all of them were sent before it
// was final, and the newest was sent at least Refresh before now. What failed before is a task of its own:
//   - A range that the API refused, or answered with nonsense, is one doubted task, which costs one request. The longer
//     it fails, the longer it waits. What comes due right after it, at the newest end of the series, joins it: so a
//     region that stays refused costs a few requests a day.
//   - An unavailable range is one doubted task, a month later.
//   - A window whose answer lacked what the warehouse holds (class suspect) is requested whole once more: the fault may
//     have passed. From the second failure on it is halved each time, down to one bucket.
//   - A failure of class transient, throttled or denied says nothing about the buckets: they are due as if never
//     requested.
//
// Plan is pure, and ledger may be in any order.
func Plan(g Grid, ledger []flow.LedgerSpan, now time.Time) []Task {
	p := planner{grid: g, now: now}
	kept := keptFrom(g, ledger, now)
	for _, s := range newest(g, ledger) {
		if s.answered && !g.Force {
			if now.Before(s.sent.At.Add(g.Refresh)) {
				continue
			}
			if s.Begin = later(later(s.Begin, g.Calendar.Ceil(s.finalBefore)), kept); s.Empty() {
				continue
			}
		}
		p.take(s)
	}
	for _, r := range p.ranges {
		if g.Force || r.due(now) {
			p.tasks = append(p.tasks, r.Task)
		}
	}
	tasks := slices.Concat(p.tasks, p.halved())
	slices.SortFunc(tasks, func(a, b Task) int { return a.Window.Begin.Compare(b.Window.Begin) })
	return tasks
}

// keptFrom is the first bucket of a series that the API still keeps, by what it has refused for that very series within
// a month. It is zero where nothing was refused for its age. What is older and covered is not requested again, even if
// it is not final: an API that keeps four days would refuse it in every pass where finality is five.
func keptFrom(g Grid, ledger []flow.LedgerSpan, now time.Time) (first time.Time) {
	c := g.Calendar
	for _, k := range ledger {
		if since := now.Sub(k.Sent.At); k.State != flow.Unavailable || since < 0 || since >= unavailableFor {
			continue
		}
		newest := c.Floor(k.Window.End.Add(-time.Second))
		// outdated: a later attempt covers the bucket, or it is final and no later attempt will come.
		outdated := func(o flow.LedgerSpan) bool {
			return o.Window.Contains(newest) && (o.Sent.Version > k.Sent.Version ||
				o.State == flow.Accepted && newest.Before(c.FinalBefore(o.Sent.At, g.Finality)))
		}
		if !slices.ContainsFunc(ledger, outdated) {
			first = later(first, c.Next(c.Floor(now.Add(-k.Sent.At.Sub(newest)))))
		}
	}
	return first
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

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

// outageClasses are the classes of failures that say nothing about the buckets.
var outageClasses = map[flow.Class]bool{flow.Transient: true, flow.Throttled: true, flow.Denied: true}

// span is a range of the grid in which every bucket has the same newest attempts.
type span struct {
	flow.Window
	answered    bool
	sent        flow.Stamp       // of the newest accepted answer
	finalBefore time.Time        // buckets before it are final
	failure     *flow.LedgerSpan // the newest attempt, if it failed or found the range unavailable
	last        bool             // nothing later is covered
}

// newest cuts the grid's range wherever a span of the ledger begins or ends, and finds the newest attempts of each
// part.
func newest(g Grid, ledger []flow.LedgerSpan) []span {
	cuts := []time.Time{g.Range.Begin, g.Range.End}
	var covered time.Time // end of the newest covered bucket
	for _, k := range ledger {
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
		w := flow.Window{Begin: cuts[i-1], End: cuts[i]}
		spans = append(spans, span{Window: w, last: !w.Begin.Before(covered)})
	}
	for i := range ledger {
		k := &ledger[i]
		w := k.Window.Intersect(g.Range)
		if w.Empty() {
			continue
		}
		byBegin := func(s span, t time.Time) int { return s.Begin.Compare(t) }
		from, _ := slices.BinarySearchFunc(spans, w.Begin, byBegin)
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

// take notes one attempt that covers the span.
func (s *span) take(k *flow.LedgerSpan) {
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

// due says why the span's buckets are due.
func (s *span) due(g Grid) Due {
	switch {
	case g.Force:
		return DueForced
	case s.failure != nil:
		return DueFailed
	case s.answered:
		return DueNotFinal
	case s.last:
		return DueNew
	}
	return DueGap
}

// doubt says why one bucket of the span is requested before the rest; empty where it is not.
func (s *span) doubt() Doubt {
	switch {
	case s.failure == nil:
		return ""
	case s.failure.State == flow.Unavailable:
		return DoubtUnavailable
	case s.failure.Class == flow.Suspect || outageClasses[s.failure.Class]:
		return ""
	}
	return DoubtFailed
}

// backoff is how long after its last failure a suspect window waits.
func backoff(k *flow.LedgerSpan, c flow.Calendar) time.Duration {
	if c.Next(k.Window.Begin).Before(k.Window.End) {
		return steps(k.Failures, firstBackoff) // several buckets: halving has not found the bad one yet
	}
	return steps(k.Failures, longestBackoff)
}

// steps is the wait after so many failures in a row: none after the first, then 30 min, 1 h, 2 h, up to the longest.
func steps(failures int, longest time.Duration) time.Duration {
	if failures < 2 {
		return 0
	}
	return min(longest, firstBackoff<<min(failures-2, 16))
}
