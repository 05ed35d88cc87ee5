package pipeline

import (
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Due says why a window is due.
type Due string

// Why a bucket is due. A window has the reason of most of its buckets.
const (
	DueForced   Due = "forced"          // --force
	DueFailed   Due = "failed"          // the last attempt failed
	DueGap      Due = "gap"             // never answered, though something later is
	DueNew      Due = "never requested" // nothing later is covered either
	DueNotFinal Due = "not final"       // its last answer was too early to be final, and refresh has passed
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
