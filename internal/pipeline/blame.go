package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// far is how many due buckets back a refusal has to reach before it outweighs that the API once answered at this age.
const far = 32

// blame decides what the newest refused bucket of a lane means, everything newer having been asked for.
//
// It asks for single buckets at exponentially growing distances, and the oldest, of what is due of the lane. Where all are refused and newer
// ones are answered, all up to the bucket is older than the API keeps. Where one is answered, the bucket is the end of a block that is refused
// by itself, whose beginning is found by bisection. Where nothing newer was ever answered, age cannot be to blame: all has failed.
func (q *queue) blame(ctx context.Context, l *lane, r refusal) error {
	q.mu.Lock()
	begin := r.Window.Begin
	run, beside := l.neighbours(begin)
	due := l.older(begin)
	young := !l.oldest.IsZero() && l.oldest.Before(begin) // something older has been answered just now
	kept := l.newest.After(begin)                         // something newer
	q.mu.Unlock()
	if young {
		due = nil
		if beside {
			due = dues{run}
		}
	}
	lo, hi, err := q.gallop(ctx, l, r, due)
	if err != nil || hi == 0 {
		return err
	}
	none := hi > due.count()
	covered := r.Due == DueNotFinal // then nothing is lost but a look at whether it has changed
	if none && !young && kept && r.ofLength() && (lo >= far || covered || l.reach < q.age(r.Task)) {
		return q.forget(l, r)
	}
	if none && !young && (!kept || !r.ofLength()) {
		q.fail(l, r)
		return nil
	}
	n := run.Buckets // the block may reach back that far
	lo, hi = min(lo, n), min(hi, n+1)
	for hi-lo > 1 {
		mid := lo + (hi-lo)/2
		said, a, err := q.try(ctx, l, run.single(run.back(mid-1)))
		switch {
		case said == lost:
			q.enter(a)
			return err
		case said == refused && a.Class == r.said.Class:
			lo = mid
		default:
			hi = mid
		}
	}
	r.said.Window = r.Window
	if lo > 0 {
		r.said.Window.Begin = run.back(lo - 1)
	}
	q.mu.Lock()
	l.due.remove(r.said.Window)
	q.mu.Unlock()
	q.enter(r.said)
	return nil
}

// gallop asks for single buckets of what is due, farther and farther back. It returns how far back one was refused likewise, and the nearest that
// was not, one beyond the last if there is none. A hi of 0 means that it could not be found out; then only the bucket itself is known to fail.
func (q *queue) gallop(ctx context.Context, l *lane, r refusal, due dues) (lo, hi int, err error) {
	n := due.count()
	for _, back := range []int{1, 32, 1024, n} {
		if back <= lo || back > n {
			continue
		}
		said, a, err := q.ask(ctx, l, due.back(back))
		switch {
		case said == lost:
			if err == nil {
				q.enter(r.said)
			}
			return 0, 0, err
		case said == answered || a.Class != r.said.Class:
			return lo, back, nil
		}
		lo = back
	}
	return lo, n + 1, nil
}

// forget enters everything due of the lane up to a bucket as older than the API keeps, and teaches the others.
func (q *queue) forget(l *lane, r refusal) error {
	q.mu.Lock()
	w := r.Window
	if len(l.due) > 0 {
		w.Begin = l.due[0].Window.Begin
	}
	l.due, l.beyond = nil, nil
	region := q.regions[l.series.Region]
	if age := q.age(r.Task); region.kept == 0 || age < region.kept {
		region.kept = age
	}
	q.mu.Unlock()
	q.enter(q.unavailable(w, r))
	return nil
}

// fail enters all that is due of the lane as failed for the reason of its newest bucket, a range each.
func (q *queue) fail(l *lane, r refusal) {
	q.mu.Lock()
	var rest, doubted dues
	for _, t := range append(l.due, r.Task) {
		if t.Doubt != "" && t.Window != r.Window {
			doubted = append(doubted, t)
			continue
		}
		t.Failures, t.Alone, t.Doubt = 0, false, ""
		rest.add(t)
	}
	l.due = doubted
	q.mu.Unlock()
	for _, t := range rest {
		a := r.said
		a.Window = t.Window
		if !t.Window.Contains(r.Window.Begin) {
			a.Failures = 1
		}
		q.enter(a)
	}
}

// unavailable is the ledger entry of what is older than the API keeps of a series.
func (q *queue) unavailable(w flow.Window, r refusal) flow.Attempt {
	a := r.said
	a.Window, a.State, a.Failures, a.Transformed = w, flow.Unavailable, 0, flow.Transformed{}
	a.Reason = fmt.Sprintf("older than the API keeps of this series: refused up to %s", r.Window.End.Format(time.RFC3339))
	a.Sent = q.clock.next()
	return a
}

// age is how old a bucket is.
func (q *queue) age(t Task) time.Duration { return q.deps.Now().Sub(t.Window.Begin) }
