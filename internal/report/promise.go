package report

import (
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Promise is when data should be there, as the configuration says.
type Promise struct {
	Next   func(after time.Time) time.Time // the first tick of the schedule after a moment, zero where none comes
	Settle map[flow.Granularity]time.Duration
	Zones  map[string]*time.Location // of the accounts
}

// allowed is how long a pass may take before its data count as late.
const allowed = 15 * time.Minute

// due is when data that settled at a moment should be there: allowed after the first tick of the schedule that follows.
// Without a schedule here, some other one calls run, at least daily.
func (p Promise) due(settled time.Time) time.Time {
	first := settled.Add(24 * time.Hour)
	if next := p.Next(settled); !next.IsZero() {
		first = next
	}
	return first.Add(allowed)
}

// Until is up to when what has settled should have been loaded by now: the last tick of the schedule that has had its
// time, less settle.
func (p Promise) Until(now time.Time) map[flow.Granularity]time.Time {
	last := now.Add(-24 * time.Hour) // some other schedule calls run, at least daily
	for t := p.Next(now.AddDate(0, 0, -32)); !t.IsZero() && !t.After(now.Add(-allowed)); t = p.Next(t) {
		last = t
	}
	out := map[flow.Granularity]time.Time{}
	for _, g := range flow.Granularities() {
		out[g] = last.Add(-p.Settle[g])
	}
	return out
}

// zone is an account's.
func (p Promise) zone(account string) *time.Location {
	if zone, ok := p.Zones[account]; ok {
		return zone
	}
	return time.UTC
}
