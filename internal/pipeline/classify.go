package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// outweighsReach is how many due buckets back the API has to refuse before that counts for more than its having
// answered at this age once, as the ledger says. It may have shortened what it keeps; a few bad buckets look the same.
const outweighsReach = 32

// classify decides what it means that the API refuses r, the newest refused bucket of a series. Everything newer
// has been requested before.
//
// It requests single older buckets that are due: 1, 32 and 1,024 back, and the oldest. Say 100 days are due and the
// API keeps 10. diagnose finds that day 89 is the newest one refused; 90 to 99 are answered. Then:
//   - Days 88, 57 and 0 (1, 32 and 89 back) are refused too: days 0 to 89 are older than the API keeps, and become
//     unavailable as one window.
//   - Had 88 been answered, 89 would be bad by itself, and fail alone.
//   - Had 88 been refused and 57 answered, 89 would be the end of a block of bad days. Bisection between 57 and 88
//     finds where it begins, and the block fails as one window.
//   - Had no day after 89 ever been answered, age could not be the cause, and days 0 to 89 would fail as one window.
func (d *dispatcher) classify(ctx context.Context, s *seriesState, r refusal) error {
	d.mu.Lock()
	begin := r.Window.Begin
	block, adjoins := s.adjoining(begin)
	older := s.dueBefore(begin)
	olderAnswered := !s.oldest.IsZero() && s.oldest.Before(begin) // in this pass
	newerAnswered := s.newest.After(begin)                        // ever
	d.mu.Unlock()
	if olderAnswered { // age is not the cause: it can only be a block
		older = nil
		if adjoins {
			older = dueTasks{block}
		}
	}
	lo, hi, err := d.searchBack(ctx, s, r, older)
	if err != nil || hi == 0 {
		return err
	}
	allRefused := hi > older.count()
	covered := r.Due == DueNotFinal // an answer is stored already: calling it unavailable loses nothing
	if allRefused && !olderAnswered && newerAnswered && r.mayBeLength() &&
		(lo >= outweighsReach || covered || s.reach < d.age(r.Task)) {
		return d.markUnavailable(s, r)
	}
	if allRefused && !olderAnswered && (!newerAnswered || !r.mayBeLength()) {
		d.markFailed(s, r)
		return nil
	}
	return d.markBlock(ctx, s, r, block, lo, hi)
}

// searchBack requests single buckets of older, farther and farther back from r. lo is how many buckets back the
// farthest refused one is, 0 for none; hi is how far back the nearest other one is, older.count()+1 for none.
//
// hi is 0 where a request was inconclusive, such as in an outage. Then only r itself is entered as failed.
func (d *dispatcher) searchBack(
	ctx context.Context, s *seriesState, r refusal, older dueTasks,
) (lo, hi int, err error) {
	n := older.count()
	for _, back := range []int{1, 32, 1024, n} {
		if back <= lo || back > n {
			continue
		}
		got, a, err := d.request(ctx, s, older.nthNewest(back))
		switch {
		case got == inconclusive:
			if err == nil {
				d.enter(r.attempt)
			}
			return 0, 0, err
		case got == answered || a.Class != r.attempt.Class:
			return lo, back, nil
		}
		lo = back
	}
	return lo, n + 1, nil
}

// markBlock enters r and the refused buckets right before it as one failed window. Its beginning lies between lo
// buckets back, which was refused, and hi, which was not; bisection finds it.
func (d *dispatcher) markBlock(ctx context.Context, s *seriesState, r refusal, block Task, lo, hi int) error {
	n := block.Buckets // the block may reach back that far
	lo, hi = min(lo, n), min(hi, n+1)
	for hi-lo > 1 {
		mid := lo + (hi-lo)/2
		got, a, err := d.try(ctx, s, block.single(block.bucketBack(mid-1)))
		switch {
		case got == inconclusive:
			d.enter(a)
			return err
		case got == refused && a.Class == r.attempt.Class:
			lo = mid
		default:
			hi = mid
		}
	}
	r.attempt.Window = r.Window
	if lo > 0 {
		r.attempt.Window.Begin = block.bucketBack(lo - 1)
	}
	d.mu.Lock()
	s.due.remove(r.attempt.Window)
	d.mu.Unlock()
	d.enter(r.attempt)
	return nil
}

// markUnavailable enters everything due of a series up to r as older than the API keeps. Other series use the age of r
// as a hint where to ask first.
func (d *dispatcher) markUnavailable(s *seriesState, r refusal) error {
	d.mu.Lock()
	w := r.Window
	if len(s.due) > 0 {
		w.Begin = s.due[0].Window.Begin
	}
	s.due, s.beforeRange = nil, nil
	region := d.regions[s.series.Region]
	if age := d.age(r.Task); region.retention == 0 || age < region.retention {
		region.retention = age
	}
	d.mu.Unlock()
	d.enter(d.unavailable(w, r))
	return nil
}

// markFailed enters all that is due of a series as failed, for the reason of r: one attempt for each unbroken range.
// What is doubted for a reason of its own stays due.
func (d *dispatcher) markFailed(s *seriesState, r refusal) {
	d.mu.Lock()
	var rest, doubted dueTasks
	for _, t := range append(s.due, r.Task) {
		if t.Doubt != "" && t.Window != r.Window {
			doubted = append(doubted, t)
			continue
		}
		t.Failures, t.Alone, t.Doubt = 0, false, ""
		rest.add(t)
	}
	s.due = doubted
	d.mu.Unlock()
	for _, t := range rest {
		a := r.attempt
		a.Window = t.Window
		if !t.Window.Contains(r.Window.Begin) {
			a.Failures = 1
		}
		d.enter(a)
	}
}

// unavailable is the ledger's entry for a window that is older than the API keeps of its series.
func (d *dispatcher) unavailable(w flow.Window, r refusal) flow.Attempt {
	a := r.attempt
	a.Window, a.State, a.Failures, a.Transformed = w, flow.Unavailable, 0, flow.Transformed{}
	a.Reason = fmt.Sprintf("older than the API keeps of this series: refused up to %s",
		r.Window.End.Format(time.RFC3339))
	a.Sent = d.clock.next()
	return a
}

// age is the time from the beginning of a task's window to now.
func (d *dispatcher) age(t Task) time.Duration { return d.deps.Now().Sub(t.Window.Begin) }
