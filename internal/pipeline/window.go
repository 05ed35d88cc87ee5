package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// extraction asks for the windows of one group.
type extraction struct {
	*pass
	group   group
	breaker *breaker
	limits  *limits
}

// window asks for one task, cut to the limits known so far, and for less where the API refuses it. It returns an error only for what
// stops the account; a window that failed goes to the ledger.
func (e *extraction) window(ctx context.Context, t Task) error {
	account, granularity := e.group.account.Name, e.group.calendar.Granularity()
	learner := e.learner()
	for queue := []Task{t}; len(queue) > 0; {
		if queue[0].TooOld {
			e.results <- e.unavailable(queue[0])
			e.deps.Progress.Done(account, granularity, 1, 0)
			queue = queue[1:]
			continue
		}
		ask, tooOld := e.limits.apply(queue[0])
		if tooOld != nil {
			ask = append([]Task{*tooOld}, ask...)
		}
		e.replaced(len(ask) - 1)
		if queue = append(ask, queue[1:]...); queue[0].TooOld {
			continue
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		a, err := e.attempt(ctx, queue[0])
		e.count(func(c *flow.Counts) {
			c.Requests += a.Requests
			c.Throttled += a.Throttled
			c.Retries += max(0, a.Requests-a.Throttled-1)
		})
		if _, settled := errors.AsType[*flow.Error](err); ctx.Err() != nil && err != nil && (!settled || a.Class == flow.Refused) {
			return context.Cause(ctx) // nothing is known of the window, or what to ask instead
		}
		if a.Class == flow.Refused {
			instead, problem := learner.instead(ctx, queue[0])
			switch {
			case flow.ClassOf(problem) == flow.Warehouse:
				return problem
			case flow.ClassOf(problem) == flow.Denied:
				err = problem
				deny(&a, problem, queue[0].Failures)
			case problem != nil && ctx.Err() != nil:
				return context.Cause(ctx)
			case len(instead) > 0:
				e.deps.Progress.Done(account, granularity, 0, a.Requests)
				e.replaced(len(instead) - 1)
				queue = append(instead, queue[1:]...)
				continue
			case problem != nil:
				a.Reason = fmt.Sprintf("%s; then, looking for what it accepts: %v", a.Reason, problem)
			}
		}
		queue = queue[1:]
		e.results <- a
		e.deps.Progress.Done(account, granularity, 1, a.Requests)
		if a.Class == flow.Denied {
			return err
		}
	}
	return nil
}

// replaced says that so many windows more are to be asked for.
func (e *extraction) replaced(more int) {
	if more > 0 {
		e.count(func(c *flow.Counts) { c.Windows += more })
		e.deps.Progress.Planned(e.group.account.Name, e.group.calendar.Granularity(), more)
	}
}

// attempt asks for one window and turns what comes back, or the error, into a ledger entry.
func (e *extraction) attempt(ctx context.Context, t Task) (flow.Attempt, error) {
	a := flow.Attempt{Series: t.Series, Calendar: t.Calendar, Window: t.Window, State: flow.Accepted, Failures: t.Failures}
	answer, err := e.group.account.API.Fetch(ctx, t.Series, t.Window, e.clock.next)
	a.RequestID, a.Sent, a.Requests, a.Throttled = answer.RequestID, answer.Sent, answer.Attempts, answer.Throttled
	if err == nil {
		finalBefore := t.Calendar.FinalBefore(answer.Sent.At, e.settings.Finality)
		if a.Extract, err = e.deps.Transform.Facts(t.Calendar, finalBefore, t.Window, answer); err != nil {
			err = fmt.Errorf("the answer for %s of %s: %w", t.Window, t.Series, err)
		}
		a.Reason = a.Extract.Remark
	}
	e.breaker.note(err)
	a.Answered = e.deps.Now()
	if err != nil {
		fail(&a, err)
	}
	if a.Sent.At.IsZero() {
		a.Sent = e.clock.next() // nothing was sent; the ledger is ordered by it all the same
	}
	return a, err
}

// fail turns an attempt into one that failed by err. An outage does not count against the window's buckets: it says nothing about them.
func fail(a *flow.Attempt, err error) {
	a.State, a.Class, a.Reason = flow.Failed, flow.ClassOf(err), err.Error()
	a.Extract.Facts = nil
	switch a.Class {
	case flow.Transient, flow.Throttled, flow.Denied:
	default:
		a.Failures++
	}
	if f, ok := errors.AsType[*flow.Error](err); ok {
		a.RequestID, a.Sent, a.Requests, a.Throttled = f.RequestID, f.Sent, f.Attempts, f.Throttled
	}
}

// deny turns an attempt that was refused into one that failed by the refusal of the key, which was met while looking for what to ask instead.
func deny(a *flow.Attempt, err error, failures int) {
	refused := *a
	fail(a, err)
	a.Failures, a.Requests, a.Throttled = failures, a.Requests+refused.Requests, a.Throttled+refused.Throttled
	if a.Sent.At.IsZero() {
		a.Sent = refused.Sent // the key could not even be renewed
	}
}

// unavailable is the ledger entry of a range that is older than the API keeps. Nothing is asked for it.
func (e *extraction) unavailable(t Task) flow.Attempt {
	return flow.Attempt{
		Series: t.Series, Calendar: t.Calendar, Window: t.Window, State: flow.Unavailable, Class: flow.Refused,
		Reason:   fmt.Sprintf("older than the API keeps: it answers from %s on", e.limits.oldest().Format(time.RFC3339)),
		Answered: e.deps.Now(), Sent: e.clock.next(),
	}
}

// learner finds the limits of the group's account and granularity. Its requests are counted, and their answers are not stored.
func (e *extraction) learner() *learner {
	c := e.group.calendar
	settled := c.SettledBefore(e.deps.Now(), e.settings.Settle[c.Granularity()])
	oldest := e.group.grid.Range.Begin
	if start := c.Floor(c.DateStart(e.settings.Start)); start.Before(oldest) {
		oldest = start
	}
	return &learner{
		limits: e.limits,
		keep: func(ctx context.Context, span int, horizon time.Time) error {
			return e.deps.Warehouse.KeepLimits(ctx, e.order.RunID, e.group.account.Name, c.Granularity(),
				flow.Limits{Span: span, Horizon: horizon, Learned: e.deps.Now()})
		},
		oldest: oldest, newest: c.Floor(settled.Add(-time.Second)),
		ask: func(ctx context.Context, s flow.Series, w flow.Window) (bool, error) {
			answer, err := e.group.account.API.Fetch(ctx, s, w, e.clock.next)
			sent, throttled := answer.Attempts, answer.Throttled
			if f, ok := errors.AsType[*flow.Error](err); ok {
				sent, throttled = f.Attempts, f.Throttled
			}
			e.count(func(c *flow.Counts) { c.Requests += sent; c.Throttled += throttled })
			if err != nil && flow.ClassOf(err) != flow.Refused {
				return false, err
			}
			return err == nil, nil
		},
	}
}

func (p *pass) count(f func(*flow.Counts)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.report.Run.Counts)
}
