package flow

import (
	"iter"
	"time"
)

// Calendar divides time into the buckets of one granularity: hours in UTC, or days of a time zone.
//
// In every zone its buckets are contiguous, never overlap and are never empty. If the clock skips midnight, the day
// starts at the end of the skipped hour. If midnight comes twice, the day starts at the first. A date that a zone
// skipped (Samoa, 2011-12-30) is no bucket.
type Calendar struct {
	granularity Granularity
	zone        *time.Location
}

// NewCalendar returns the calendar of g for an account whose days start at midnight in zone.
func NewCalendar(g Granularity, zone *time.Location) Calendar {
	return Calendar{granularity: g, zone: zone}
}

// Zone is the account's time zone.
func (c Calendar) Zone() *time.Location { return c.zone }

// Granularity is the length of the calendar's buckets.
func (c Calendar) Granularity() Granularity { return c.granularity }

// Floor returns the start of the bucket that contains t.
func (c Calendar) Floor(t time.Time) time.Time {
	if c.granularity == Hourly {
		return t.UTC().Truncate(time.Hour)
	}
	y, m, d := t.In(c.zone).Date()
	start := dayStart(y, m, d, c.zone)
	// A clock that is set back across midnight shows yesterday's date again after today has begun.
	for next := c.Next(start); !next.After(t); next = c.Next(start) {
		start = next
	}
	return start
}

// Ceil returns t if a bucket starts there, otherwise the start of the next bucket.
func (c Calendar) Ceil(t time.Time) time.Time {
	if f := c.Floor(t); f.Before(t) {
		return c.Next(f)
	}
	return t.UTC()
}

// Next returns the end of the bucket that starts at start, which is the start of the next one.
func (c Calendar) Next(start time.Time) time.Time {
	if c.granularity == Hourly {
		return start.Add(time.Hour)
	}
	y, m, d := start.In(c.zone).Date()
	for n := 1; ; n++ {
		if end := dayStart(y, m, d+n, c.zone); end.After(start) {
			return end
		}
	}
}

// Skip returns the start of the n-th bucket after the one that starts at start; n must not be negative.
func (c Calendar) Skip(start time.Time, n int) time.Time {
	if c.granularity == Hourly {
		return start.Add(time.Duration(n) * time.Hour)
	}
	for range n {
		start = c.Next(start)
	}
	return start
}

// Buckets yields the start of every bucket that starts in w, oldest first, in UTC.
func (c Calendar) Buckets(w Window) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		for b := c.Ceil(w.Begin); b.Before(w.End); b = c.Next(b) {
			if !yield(b) {
				return
			}
		}
	}
}

// Count returns how many buckets start in w.
func (c Calendar) Count(w Window) int {
	if w.Empty() {
		return 0
	}
	if c.granularity == Hourly {
		return int(c.Ceil(w.End).Sub(c.Ceil(w.Begin)) / time.Hour)
	}
	n := 0
	for range c.Buckets(w) {
		n++
	}
	return n
}

// Day returns the account's civil date at t, as midnight UTC of that date: the form that a Date column takes.
func (c Calendar) Day(t time.Time) time.Time {
	y, m, d := t.In(c.zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// DateStart returns the instant at which a civil date starts in the account's time zone. date is any time in UTC on
// that date.
func (c Calendar) DateStart(date time.Time) time.Time {
	y, m, d := date.UTC().Date()
	return dayStart(y, m, d, c.zone)
}

// FinalBefore returns the instant before which every bucket is final in the answer to a request sent at sent. A
// bucket is final once finality has passed since the end of the account's day in which it starts. With a finality of
// 5 days, all hours of 1 January are final in requests sent from 7 January, 00:00 on, in the account's time zone.
func (c Calendar) FinalBefore(sent time.Time, finality time.Duration) time.Time {
	return NewCalendar(Daily, c.zone).Floor(sent.Add(-finality))
}

// SettledBefore returns the end of the newest bucket that ended at least settle before now.
func (c Calendar) SettledBefore(now time.Time, settle time.Duration) time.Time {
	return c.Floor(now.Add(-settle))
}

// dayStart returns the first instant at which the zone's calendar shows the date or a later one. time.Date will not
// do: it does not say which instant it returns if midnight is missing or comes twice.
func dayStart(y int, m time.Month, d int, zone *time.Location) time.Time {
	midnight := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	// No zone was ever more than 16 hours from UTC, so this instant is before the date everywhere.
	for t := midnight.Add(-16 * time.Hour); ; {
		_, offset := t.In(zone).Zone()
		begin, end := t.In(zone).ZoneBounds()
		if !end.IsZero() && !end.After(t) {
			// After the last change that a zone's file lists, Go takes every year to have 365 days: on the last day
			// of a leap year ZoneBounds returns an end that lies in the past.
			end = t.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		}
		start := midnight.Add(-time.Duration(offset) * time.Second)
		if start.Before(begin) {
			start = begin
		}
		if end.IsZero() || start.Before(end) {
			return start.UTC()
		}
		t = end
	}
}
