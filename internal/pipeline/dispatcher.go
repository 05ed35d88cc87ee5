package pipeline

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Bounds on the windows in flight of a group. Without them many would be refused for one reason before the first has
// shown it.
const (
	perSeries = 4 // windows of one series
	// maxDeep bounds the windows of one region that reach farther back than any that was answered. Three in flight keep
	// up 20 requests a second at 150 ms (Little's law).
	maxDeep = 3
)

// dispatcher hands out the due windows of a group to workers, the newest first over all series: today's data arrive
// before last year's.
//
// The API documents neither the longest window nor how far back it keeps data, and refuses both with the same error. So
// a window that is refused goes to diagnose, which splits it until the cause is known; meanwhile no other window of
// that series is in flight. The first series that meets the end of what the API keeps shows it to the others: until
// then they hold back windows that are as old.
type dispatcher struct {
	*pass
	group   group
	breaker *breaker

	mu         sync.Mutex
	wake       sync.Cond // something changed that next or offer looks at
	series     []*seriesState
	regions    map[flow.Region]*region
	limit      lengthLimit
	trial      bool         // a window longer than any that was answered is in flight
	diagnosing *seriesState // the series whose diagnosis the others wait for
	holdBefore time.Time    // and they hold back windows that begin before this
	stopped    bool         // by an error
	entered    int          // windows that are in the ledger, or on the way there
	expected   int          // those and the ones still to come, as last counted
}

// job is one window, or work that needs a series for itself.
type job struct {
	series    *seriesState
	task      Task
	work      func(ctx context.Context, s *seriesState) error
	exclusive bool // nothing else of the series may be in flight
	trial     bool // longer than any window that was answered
	deep      bool // it reaches farther back than any of its region that was answered
	atHorizon bool // it begins where other series say that the API keeps data from
}

func newDispatcher(p *pass, g planned, b *breaker) *dispatcher {
	d := &dispatcher{
		pass: p, group: g.group, breaker: b, series: g.series, regions: g.regions, limit: g.limit, expected: g.windows,
	}
	d.wake.L = &d.mu
	return d
}

// run requests all that is due of the group. The error stops the account.
func (d *dispatcher) run(ctx context.Context) error {
	workers, working := errgroup.WithContext(ctx)
	workers.SetLimit(maxInFlight)
	defer context.AfterFunc(working, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.wake.Broadcast()
	})()
	for {
		j, ok := d.next(working)
		if !ok {
			break
		}
		workers.Go(func() error {
			err := j.work(working, j.series)
			d.finished(j, err)
			return err
		})
	}
	return workers.Wait()
}

// next waits for a job and starts it. It reports false when all is done, or ctx has ended.
func (d *dispatcher) next(ctx context.Context) (job, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for ctx.Err() == nil && !d.stopped {
		var best job
		found, idle := false, true
		for _, s := range d.series {
			idle = idle && s.inFlight == 0 && !s.exclusive
			if j, ok := d.offer(s); ok && (!found || j.task.Window.End.After(best.task.Window.End)) {
				best, found = j, true
			}
		}
		if found {
			d.start(best)
			return best, true
		}
		if idle {
			break
		}
		d.wake.Wait()
	}
	return job{}, false
}

// offer is the next job of a series, and whether it may start now.
func (d *dispatcher) offer(s *seriesState) (job, bool) {
	if s.exclusive {
		return job{}, false
	}
	held := func(w flow.Window) bool { return d.diagnosing != nil && w.Begin.Before(d.holdBefore) }
	if n := len(s.refused); n > 0 {
		t := newestOf(s.refused).Task
		return job{series: s, task: t, work: d.diagnose, exclusive: true}, s.inFlight == 0 && !held(t.Window)
	}
	if len(s.due) == 0 {
		return job{}, false
	}
	t := s.due[len(s.due)-1]
	horizon := d.horizon(s)
	if t.Doubt == "" && !horizon.Before(t.Window.End) {
		t.Doubt = DoubtHint
	}
	if t.Doubt != "" {
		return job{series: s, task: t, work: d.sample, exclusive: true}, s.inFlight == 0
	}
	if horizon.After(t.Window.Begin) {
		t, _ = t.cutAt(horizon)
	}
	n := min(t.Buckets, d.limit.longest(t.Buckets))
	if t.plain() {
		n = d.limit.size(t.Buckets, d.group.grid.MaxBuckets)
	}
	t, _ = t.cut(n)
	r := d.regions[s.series.Region]
	j := job{
		series: s, task: t, work: func(ctx context.Context, s *seriesState) error { return d.window(ctx, s, t) },
		trial:     n > d.limit.Answered,
		deep:      r.oldest.IsZero() || t.Window.Begin.Before(r.oldest),
		atHorizon: t.Window.Begin.Equal(horizon),
	}
	may := s.inFlight < perSeries && !held(t.Window) && (!j.trial || !d.trial) && (!j.deep || r.deepInFlight < maxDeep)
	return j, may
}

// start takes a job out of what is due.
func (d *dispatcher) start(j job) {
	s := j.series
	if j.exclusive {
		s.exclusive = true
		return
	}
	s.due.remove(j.task.Window)
	s.inFlight++
	if j.atHorizon {
		s.atHorizon = j.task.Window.Begin
	}
	d.trial = d.trial || j.trial
	if j.deep {
		d.regions[s.series.Region].deepInFlight++
	}
}

// finished undoes what start marked, and wakes next. An error stops the account.
func (d *dispatcher) finished(j job, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = d.stopped || err != nil
	if j.exclusive {
		j.series.exclusive = false
	} else {
		j.series.inFlight--
	}
	if j.exclusive && d.diagnosing == j.series {
		d.diagnosing = nil
	}
	if j.trial {
		d.trial = false
	}
	if j.deep {
		d.regions[j.series.series.Region].deepInFlight--
	}
	d.expect()
	d.wake.Broadcast()
}

// window requests one window. A refused one is left for diagnose.
func (d *dispatcher) window(ctx context.Context, s *seriesState, t Task) error {
	got, a, err := d.request(ctx, s, t)
	switch {
	case got == refused:
		d.mu.Lock()
		s.refused = append(s.refused, refusal{t, a})
		d.mu.Unlock()
	case a.Window.Empty(): // interrupted: it is due as before
		d.giveBack(s, t)
	}
	return err
}

// keep writes what was learned about the longest window, for the next pass.
func (d *dispatcher) keep(ctx context.Context) error {
	if !d.limit.changed {
		return nil
	}
	l, now := d.limit.Limits, d.deps.Now()
	if l.Refused == 0 {
		l.Learned = now
	}
	account, granularity := d.group.account.Name, d.group.calendar.Granularity()
	return d.deps.Warehouse.KeepLimits(ctx, d.order.RunID, account, granularity, l, now)
}

// expect counts the windows that are still to come and adds the difference to the run's count. Cutting, splitting and
// diagnosing make them more or fewer than planned.
func (d *dispatcher) expect() {
	n := d.entered
	for _, s := range d.series {
		n += s.inFlight + len(s.refused)
		for _, t := range s.due {
			if t.Doubt != "" {
				n++
				continue
			}
			most := d.limit.longest(d.group.grid.MaxBuckets)
			n += (t.Buckets + most - 1) / most
		}
	}
	if more := n - d.expected; more != 0 {
		d.expected = n
		d.count(func(c *flow.Counts) { c.Windows += more })
		d.deps.Trace.Planned(d.group.account.Name, d.group.calendar.Granularity(), more)
	}
}
