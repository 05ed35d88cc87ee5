package schedule

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"
)

// Ticks are the times at which the entries of a schedule start passes.
type Ticks []cron.Schedule

// Parse reads entries. An entry that is no cron spec is an error.
func Parse(entries []Entry) (Ticks, error) {
	ticks := make(Ticks, len(entries))
	for i, e := range entries {
		var err error
		if ticks[i], err = cron.ParseStandard(e.Cron); err != nil {
			return nil, fmt.Errorf("schedule entry %s: %w", e.Name, err)
		}
	}
	return ticks, nil
}

// Next returns the first tick of any entry after a moment; zero if no tick is left.
func (t Ticks) Next(after time.Time) (first time.Time) {
	for _, s := range t {
		// Next of the cron library reads an entry without a zone in the zone of its argument.
		if next := s.Next(after.Local()); first.IsZero() || !next.IsZero() && next.Before(first) {
			first = next
		}
	}
	return first
}

// Late returns the moment from which on the schedule counts as standing still, if no pass succeeds after since: three
// periods have then passed. It is zero if fewer than four ticks are left.
//
// A period is the time between two ticks, and three of them are taken from the first tick after since to the fourth.
// Late is that long after since, but not before the third tick. Example: with a tick each full hour, since 9:00 gives
// 12:00.
//
// Uneven schedules need this rule. For one that ticks in office hours only, three times the longest gap would report
// a fault of Monday a week later, and three times the shortest would report one every night.
func (t Ticks) Late(since time.Time) time.Time {
	var ticks [4]time.Time
	for i, at := 0, since; i < len(ticks); i++ {
		if at = t.Next(at); at.IsZero() {
			return time.Time{}
		}
		ticks[i] = at
	}
	late := since.Add(ticks[3].Sub(ticks[0]))
	if third := ticks[2]; late.Before(third) {
		return third
	}
	return late
}
