package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/transform"
)

// response is how the API responded to a window.
type response string

const (
	answered     response = "answered"     // the answer is on its way into the warehouse
	refused      response = "refused"      // the API refused it, or answered with nonsense: a part may be answered
	inconclusive response = "inconclusive" // anything else: it teaches nothing, and is not tried again in this pass
)

// request is try, and enters an inconclusive attempt into the ledger.
func (d *dispatcher) request(ctx context.Context, s *seriesState, t Task) (response, flow.Attempt, error) {
	got, a, err := d.try(ctx, s, t)
	if got == inconclusive {
		d.enter(a)
	}
	return got, a, err
}

// try requests a task's window. It enters an answer into the ledger; the caller enters or splits anything else.
//
// An error stops the account. An attempt without a window means that ctx ended first: nothing is known of the window.
func (d *dispatcher) try(ctx context.Context, s *seriesState, t Task) (response, flow.Attempt, error) {
	if ctx.Err() != nil {
		return inconclusive, flow.Attempt{}, context.Cause(ctx)
	}
	a, err := d.attempt(ctx, t)
	d.count(func(c *flow.Counts) {
		c.Requests += a.Requests
		c.Throttled += a.Throttled
		c.Retries += max(0, a.Requests-a.Throttled-1)
	})
	d.deps.Trace.Requested(d.group.account.Name, d.group.calendar.Granularity(), 0, a.Requests)
	_, classified := errors.AsType[*flow.Error](err)
	splits := a.Class == flow.Refused || a.Class == flow.Disagrees
	switch {
	case err == nil:
		d.mu.Lock()
		s.answered(t.Window)
		d.limit.answer(t.Buckets)
		if r := d.regions[t.Series.Region]; r.oldest.IsZero() || t.Window.Begin.Before(r.oldest) {
			r.oldest = t.Window.Begin
		}
		d.wake.Broadcast()
		d.mu.Unlock()
		d.enter(a)
		return answered, a, nil
	case ctx.Err() != nil && (!classified || splits): // there is no time left to request its parts
		return inconclusive, flow.Attempt{}, context.Cause(ctx)
	case splits:
		return refused, a, nil
	case a.Class == flow.Denied:
		return inconclusive, a, err
	}
	return inconclusive, a, nil
}

// enter sends an attempt on its way into the ledger, unless it has no window.
func (d *dispatcher) enter(a flow.Attempt) {
	if a.Window.Empty() {
		return
	}
	d.results <- a
	d.mu.Lock()
	d.entered++
	d.mu.Unlock()
	d.deps.Trace.Requested(d.group.account.Name, d.group.calendar.Granularity(), 1, 0)
}

// giveBack makes tasks due again.
func (d *dispatcher) giveBack(s *seriesState, tasks ...Task) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range tasks {
		s.due.add(t)
	}
}

// longestAnswered is the length of the longest window that was ever answered, in buckets.
func (d *dispatcher) longestAnswered() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.limit.Answered
}

// tooLong notes that a window was refused for its length: longest is that of the longest part that was answered.
func (d *dispatcher) tooLong(r refusal, longest int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.mayBeLength() {
		d.limit.refuse(r.Buckets, longest, d.deps.Now())
	}
}

// attempt requests one window, transforms the answer, and makes a ledger entry of it or of the error.
func (d *dispatcher) attempt(ctx context.Context, t Task) (flow.Attempt, error) {
	a := flow.Attempt{
		Series: t.Series, Calendar: t.Calendar, Window: t.Window, State: flow.Accepted, Failures: t.Failures,
	}
	answer, err := d.group.account.API.Fetch(ctx, t.Series, t.Window, d.clock.next)
	a.RequestID, a.Sent, a.Requests, a.Throttled = answer.RequestID, answer.Sent, answer.Attempts, answer.Throttled
	if err == nil {
		a.FinalBefore = t.Calendar.FinalBefore(answer.Sent.At, d.settings.Finality)
		rules := transform.Rules{Calendar: t.Calendar, FinalBefore: a.FinalBefore, Record: d.settings.Record}
		if a.Transformed, err = transform.Facts(rules, t.Window, answer); err != nil {
			err = fmt.Errorf("the answer for %s of %s: %w", t.Window, t.Series, err)
		}
		a.Reason = a.Transformed.Remark
	}
	d.breaker.note(err)
	a.Answered = d.deps.Now()
	if err != nil {
		failWith(&a, err)
	}
	if a.Sent.At.IsZero() {
		a.Sent = d.clock.next() // nothing was sent, but the order of the ledger's rows follows this version
	}
	return a, err
}

// failWith turns an attempt into one that failed with err. An outage does not add to Failures: it says nothing about
// the buckets, so they must not wait longer for it.
func failWith(a *flow.Attempt, err error) {
	a.State, a.Class, a.Reason = flow.Failed, flow.ClassOf(err), err.Error()
	a.Transformed.Facts = nil
	if !outageClasses[a.Class] {
		a.Failures++
	}
	if f, ok := errors.AsType[*flow.Error](err); ok {
		a.RequestID, a.Sent, a.Requests, a.Throttled = f.RequestID, f.Sent, f.Attempts, f.Throttled
	}
}

func (p *pass) count(f func(*flow.Counts)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.report.Run.Counts)
}
