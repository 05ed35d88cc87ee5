package schedule

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"
)

// Ticks are the moments at which the entries of a schedule start passes.
type Ticks []cron.Schedule

// Parse reads entries; a bad one is an error.
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

// Next is the first tick of any entry after a moment, zero where none is to come.
func (t Ticks) Next(after time.Time) (first time.Time) {
	for _, s := range t {
		// Cron takes an entry without a zone of its own in the zone of its argument.
		if next := s.Next(after.Local()); first.IsZero() || !next.IsZero() && next.Before(first) {
			first = next
		}
	}
	return first
}

// Late is when three periods have passed without the success that each of them should have brought: as long after since as three periods
// last, and not before three ticks have come; zero where no more ticks are to come. With even ticks that is three times the period.
//
// A fixed length would not do for a schedule of office hours: the longest gap, three weekends, sees a fault of Monday after a week, and the
// shortest calls every night a fault.
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
