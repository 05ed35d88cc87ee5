package pipeline

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Bounds on what is under way of a group, lest many windows are refused for one reason before the first has taught it.
const (
	perSeries = 4 // windows of one series
	// pioneers bounds the windows of one region that reach farther back than any that was answered. 20 a second are 3 at 150 ms (Little's law).
	pioneers = 3
)

// queue hands out what is due of a group, the newest window first over all of its series, so that today's data are there before last year's.
//
// The API documents neither a longest window nor how far back it keeps data, and refuses both alike; so a window that is refused is split
// until its newest refused bucket stands alone. Everything that is answered on the way is stored. Meanwhile no other window of the series is
// under way, and other series hold back what is as old, unless they know where to look.
type queue struct {
	*pass
	group   group
	breaker *breaker

	mu       sync.Mutex
	wake     sync.Cond
	lanes    []*lane
	regions  map[flow.Region]*region
	length   length
	trial    bool      // a window longer than any that was answered is under way
	learner  *lane     // the one from which the others wait to learn
	hold     time.Time // and they hold back windows that begin before this
	stopped  bool      // by an error
	entered  int       // windows that are in the ledger, or on the way there
	expected int       // and those that are still to come, as last told
}

// job is one window, or what has to be found out of a lane by one goroutine alone.
type job struct {
	lane   *lane
	task   Task
	work   func(ctx context.Context, l *lane) error
	alone  bool // nothing else of the lane may be under way
	trial  bool
	far    bool // a pioneer
	hinted bool // it begins where others say that the API keeps data from
}

func newQueue(p *pass, g planned, b *breaker) *queue {
	q := &queue{pass: p, group: g.group, breaker: b, lanes: g.lanes, regions: g.regions, length: g.length, expected: g.windows}
	q.wake.L = &q.mu
	return q
}

// run asks for all that is due of the group.
func (q *queue) run(ctx context.Context) error {
	workers, working := errgroup.WithContext(ctx)
	workers.SetLimit(underWay)
	defer context.AfterFunc(working, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.wake.Broadcast()
	})()
	for {
		j, ok := q.next(working)
		if !ok {
			break
		}
		workers.Go(func() error {
			err := j.work(working, j.lane)
			q.finished(j, err)
			return err
		})
	}
	return workers.Wait()
}

// next waits for something to do; there is nothing when all is done, or ctx has ended.
func (q *queue) next(ctx context.Context) (job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for ctx.Err() == nil && !q.stopped {
		var best job
		found, idle := false, true
		for _, l := range q.lanes {
			idle = idle && l.flying == 0 && !l.busy
			if j, ok := q.offer(l); ok && (!found || j.task.Window.End.After(best.task.Window.End)) {
				best, found = j, true
			}
		}
		if found {
			q.start(best)
			return best, true
		}
		if idle {
			break
		}
		q.wake.Wait()
	}
	return job{}, false
}

// offer is the next thing to do of a lane, if there is any that may be done now.
func (q *queue) offer(l *lane) (job, bool) {
	if l.busy {
		return job{}, false
	}
	held := func(w flow.Window) bool { return q.learner != nil && w.Begin.Before(q.hold) }
	if n := len(l.refused); n > 0 {
		t := newestOf(l.refused).Task
		return job{lane: l, task: t, work: q.learn, alone: true}, l.flying == 0 && !held(t.Window)
	}
	if len(l.due) == 0 {
		return job{}, false
	}
	t := l.due[len(l.due)-1]
	horizon := q.horizon(l)
	if t.Doubt == "" && !horizon.Before(t.Window.End) {
		t.Doubt = DoubtHint
	}
	if t.Doubt != "" {
		return job{lane: l, task: t, work: q.question, alone: true}, l.flying == 0
	}
	if horizon.After(t.Window.Begin) {
		t, _ = t.cutAt(horizon)
	}
	n := min(t.Buckets, q.length.longest(t.Buckets))
	if t.plain() {
		n = q.length.size(t.Buckets, q.group.grid.MaxBuckets)
	}
	t, _ = t.cut(n)
	r := q.regions[l.series.Region]
	work := func(ctx context.Context, l *lane) error { return q.window(ctx, l, t) }
	j := job{lane: l, task: t, work: work, trial: n > q.length.Answered, far: r.deep.IsZero() || t.Window.Begin.Before(r.deep)}
	j.hinted = t.Window.Begin.Equal(horizon)
	return j, l.flying < perSeries && !held(t.Window) && (!j.trial || !q.trial) && (!j.far || r.pioneers < pioneers)
}

// start takes a job out of what is to be done.
func (q *queue) start(j job) {
	l := j.lane
	if j.alone {
		l.busy = true
		return
	}
	l.due.remove(j.task.Window)
	l.flying++
	if j.hinted {
		l.hinted = j.task.Window.Begin
	}
	q.trial = q.trial || j.trial
	if j.far {
		q.regions[l.series.Region].pioneers++
	}
}

// finished gives others their turn, unless an error stops the account.
func (q *queue) finished(j job, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stopped = q.stopped || err != nil
	if j.alone {
		j.lane.busy = false
	} else {
		j.lane.flying--
	}
	if j.alone && q.learner == j.lane {
		q.learner = nil
	}
	if j.trial {
		q.trial = false
	}
	if j.far {
		q.regions[j.lane.series.Region].pioneers--
	}
	q.expect()
	q.wake.Broadcast()
}

// window asks for one window.
func (q *queue) window(ctx context.Context, l *lane, t Task) error {
	said, a, err := q.ask(ctx, l, t)
	switch {
	case said == refused:
		q.mu.Lock()
		l.refused = append(l.refused, refusal{t, a})
		q.mu.Unlock()
	case a.Window.Empty(): // interrupted: it is due as before
		q.back(l, t)
	}
	return err
}

// keep writes down what has been learned of the longest window, for the next pass.
func (q *queue) keep(ctx context.Context) error {
	if !q.length.changed {
		return nil
	}
	l, now := q.length.Limits, q.deps.Now()
	if l.Refused == 0 {
		l.Learned = now
	}
	return q.deps.Warehouse.KeepLimits(ctx, q.order.RunID, q.group.account.Name, q.group.calendar.Granularity(), l, now)
}

// expect counts the windows that are still to come, which cutting, splitting and learning make more or fewer.
func (q *queue) expect() {
	n := q.entered
	for _, l := range q.lanes {
		n += l.flying + len(l.refused)
		for _, t := range l.due {
			if t.Doubt != "" {
				n++
				continue
			}
			most := q.length.longest(q.group.grid.MaxBuckets)
			n += (t.Buckets + most - 1) / most
		}
	}
	if more := n - q.expected; more != 0 {
		q.expected = n
		q.count(func(c *flow.Counts) { c.Windows += more })
		q.deps.Trace.Planned(q.group.account.Name, q.group.calendar.Granularity(), more)
	}
}
