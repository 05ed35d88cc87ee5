package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/transform"
)

// said is what the API made of a window.
type said string

const (
	answered said = "answered" // it is on its way into the warehouse
	refused  said = "refused"  // the API refused it, or answered with nonsense: some part of it may be answered
	lost     said = "lost"     // anything else: nothing more is learned of it in this pass
)

// ask asks for a task as try does, and enters into the ledger what was lost.
func (q *queue) ask(ctx context.Context, l *lane, t Task) (said, flow.Attempt, error) {
	s, a, err := q.try(ctx, l, t)
	if s == lost {
		q.enter(a)
	}
	return s, a, err
}

// try asks for a task. What is answered is entered into the ledger. An error stops the account; without a window in the attempt nothing is
// known of the task.
func (q *queue) try(ctx context.Context, l *lane, t Task) (said, flow.Attempt, error) {
	if ctx.Err() != nil {
		return lost, flow.Attempt{}, context.Cause(ctx)
	}
	a, err := q.attempt(ctx, t)
	q.count(func(c *flow.Counts) {
		c.Requests += a.Requests
		c.Throttled += a.Throttled
		c.Retries += max(0, a.Requests-a.Throttled-1)
	})
	q.deps.Trace.Asked(q.group.account.Name, q.group.calendar.Granularity(), 0, a.Requests)
	_, settled := errors.AsType[*flow.Error](err)
	parts := a.Class == flow.Refused || a.Class == flow.Disagrees
	switch {
	case err == nil:
		q.mu.Lock()
		l.answered(t.Window)
		q.length.answer(t.Buckets)
		if r := q.regions[t.Series.Region]; r.deep.IsZero() || t.Window.Begin.Before(r.deep) {
			r.deep = t.Window.Begin
		}
		q.wake.Broadcast()
		q.mu.Unlock()
		q.enter(a)
		return answered, a, nil
	case ctx.Err() != nil && (!settled || parts):
		return lost, flow.Attempt{}, context.Cause(ctx) // nothing is known of the window, or what to ask instead
	case parts:
		return refused, a, nil
	case a.Class == flow.Denied:
		return lost, a, err
	}
	return lost, a, nil
}

// enter sends an attempt on its way into the ledger; one without a window is none.
func (q *queue) enter(a flow.Attempt) {
	if a.Window.Empty() {
		return
	}
	q.results <- a
	q.mu.Lock()
	q.entered++
	q.mu.Unlock()
	q.deps.Trace.Asked(q.group.account.Name, q.group.calendar.Granularity(), 1, 0)
}

// back returns tasks to what is due.
func (q *queue) back(l *lane, tasks ...Task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, t := range tasks {
		l.due.add(t)
	}
}

// answer is the length of the longest window that was answered.
func (q *queue) answer() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.length.Answered
}

// tooLong notes that a window was refused for its length.
func (q *queue) tooLong(r refusal, answered int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if r.ofLength() {
		q.length.refuse(r.Buckets, answered, q.deps.Now())
	}
}

// attempt asks for one window and turns what comes back, or the error, into a ledger entry.
func (q *queue) attempt(ctx context.Context, t Task) (flow.Attempt, error) {
	a := flow.Attempt{Series: t.Series, Calendar: t.Calendar, Window: t.Window, State: flow.Accepted, Failures: t.Failures}
	answer, err := q.group.account.API.Fetch(ctx, t.Series, t.Window, q.clock.next)
	a.RequestID, a.Sent, a.Requests, a.Throttled = answer.RequestID, answer.Sent, answer.Attempts, answer.Throttled
	if err == nil {
		rules := transform.Rules{
			Calendar: t.Calendar, FinalBefore: t.Calendar.FinalBefore(answer.Sent.At, q.settings.Finality), Record: q.settings.Record,
		}
		if a.Transformed, err = transform.Facts(rules, t.Window, answer); err != nil {
			err = fmt.Errorf("the answer for %s of %s: %w", t.Window, t.Series, err)
		}
		a.Reason = a.Transformed.Remark
	}
	q.breaker.note(err)
	a.Answered = q.deps.Now()
	if err != nil {
		fail(&a, err)
	}
	if a.Sent.At.IsZero() {
		a.Sent = q.clock.next() // nothing was sent; the ledger is ordered by it all the same
	}
	return a, err
}

// fail turns an attempt into one that failed by err. An outage does not count against the window's buckets: it says nothing about them.
func fail(a *flow.Attempt, err error) {
	a.State, a.Class, a.Reason = flow.Failed, flow.ClassOf(err), err.Error()
	a.Transformed.Facts = nil
	switch a.Class {
	case flow.Transient, flow.Throttled, flow.Denied:
	default:
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
