package flow_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// somewhere draws a moment in a zone: near one of its clock changes, or anywhere.
func somewhere(t *rapid.T) func(history) time.Time {
	pick := rapid.IntRange(0, 1<<20).Draw(t, "change")
	near := time.Duration(rapid.Int64Range(-int64(72*time.Hour), int64(72*time.Hour)).Draw(t, "near"))
	far := time.Unix(rapid.Int64Range(day(1800, 1, 1).Unix(), day(2200, 1, 1).Unix()).Draw(t, "far"), 0).UTC()
	exact := rapid.Bool().Draw(t, "exact")
	return func(h history) time.Time {
		switch {
		case len(h.changes) == 0 || pick%5 == 0:
			return far
		case exact:
			return h.changes[pick%len(h.changes)].Add(near.Truncate(time.Hour))
		}
		return h.changes[pick%len(h.changes)].Add(near)
	}
}

// checkEverywhere runs a property at one drawn moment of every zone.
func checkEverywhere(t *testing.T, property func(*rapid.T, history, time.Time)) {
	t.Helper()
	zones := everyZone(t)
	rapid.Check(t, func(t *rapid.T) {
		where := somewhere(t)
		for _, h := range zones {
			property(t, h, where(h))
		}
	})
}

func TestEveryInstantLiesInOneBucket(t *testing.T) {
	checkEverywhere(t, func(t *rapid.T, h history, at time.Time) {
		for _, g := range flow.Granularities() {
			c := flow.NewCalendar(g, h.Location)
			start := c.Floor(at)
			next := c.Next(start)
			switch {
			case start.After(at) || !next.After(at):
				t.Fatalf("%s %s: %s lies outside its bucket [%s, %s)", h, g, at, start, next)
			case !next.After(start):
				t.Fatalf("%s %s: the bucket at %s is empty", h, g, start)
			case !c.Floor(start).Equal(start) || !c.Ceil(start).Equal(start):
				t.Fatalf("%s %s: Floor and Ceil of the start %s are %s and %s", h, g, start,
					c.Floor(start), c.Ceil(start))
			case !c.Floor(next.Add(-1)).Equal(start):
				t.Fatalf("%s %s: the last instant of [%s, %s) lies in %s", h, g, start, next, c.Floor(next.Add(-1)))
			case !c.Floor(next).Equal(next):
				t.Fatalf("%s %s: %s is the end of a bucket and the start of none", h, g, next)
			case at.After(start) && !c.Ceil(at).Equal(next):
				t.Fatalf("%s %s: Ceil(%s) = %s, not %s", h, g, at, c.Ceil(at), next)
			case start.Location() != time.UTC || next.Location() != time.UTC ||
				c.Ceil(start.In(h.Location)).Location() != time.UTC:
				t.Fatalf("%s %s: the bucket at %s is not in UTC", h, g, start)
			}
		}
	})
}

func TestDaysFollowEachOther(t *testing.T) {
	checkEverywhere(t, func(t *rapid.T, h history, at time.Time) {
		c := flow.NewCalendar(flow.Daily, h.Location)
		start := c.Floor(at)
		for range 4 {
			next := c.Next(start)
			if !c.Day(next).After(c.Day(start)) {
				t.Fatalf("%s: the days that start at %s and %s are %s and %s", h, start, next,
					c.Day(start), c.Day(next))
			}
			start = next
		}
	})
}

func TestADateStartsWhenTheClocksFirstShowItOrALaterOne(t *testing.T) {
	checkEverywhere(t, func(t *rapid.T, h history, at time.Time) {
		date := h.date(at)
		start := flow.NewCalendar(flow.Daily, h.Location).DateStart(date.Add(17 * time.Hour))
		if h.date(start).Before(date) {
			t.Fatalf("%s: %s is said to start at %s, when it is still %s", h, date, start, h.date(start))
		}
		// Between two changes a clock only runs on, so it showed an earlier date all the time if it did so before
		// each change and before start.
		for _, before := range append(slices.Clone(h.between(start.Add(-72*time.Hour), start)), start) {
			if !h.date(before.Add(-1)).Before(date) {
				t.Fatalf("%s: %s is said to start at %s, but the clocks showed %s before %s", h, date, start,
					h.date(before.Add(-1)), before)
			}
		}
	})
}

func TestBucketsCountAndSkipAgree(t *testing.T) {
	zones := everyZone(t)
	rapid.Check(t, func(t *rapid.T) {
		where := somewhere(t)
		most := map[flow.Granularity]time.Duration{flow.Hourly: 12 * time.Hour, flow.Daily: 9 * 24 * time.Hour}
		length, cut := rapid.Float64Range(0, 1).Draw(t, "length"), rapid.Float64Range(0, 1).Draw(t, "cut")
		for _, h := range zones {
			begin := where(h)
			for g, most := range most {
				end := begin.Add(time.Duration(length * float64(most)))
				agree(t, flow.NewCalendar(g, h.Location), flow.Window{Begin: begin, End: end},
					begin.Add(time.Duration(cut*float64(end.Sub(begin)))))
			}
		}
	})
}

// agree compares the ways to walk over the buckets of w with each other.
func agree(t *rapid.T, c flow.Calendar, w flow.Window, cut time.Time) {
	buckets := slices.Collect(c.Buckets(w))
	if got := c.Count(w); got != len(buckets) {
		t.Fatalf("%s %s: Count(%s) = %d, but Buckets yields %d", c.Zone(), c.Granularity(), w, got, len(buckets))
	}
	parts := c.Count(flow.Window{Begin: w.Begin, End: cut}) + c.Count(flow.Window{Begin: cut, End: w.End})
	if parts != len(buckets) {
		t.Fatalf("%s %s: %s has %d buckets, cut at %s %d", c.Zone(), c.Granularity(), w, len(buckets), cut, parts)
	}
	for i, b := range buckets {
		switch {
		case !w.Contains(b):
			t.Fatalf("%s %s: bucket %s starts outside %s", c.Zone(), c.Granularity(), b, w)
		case i > 0 && !c.Next(buckets[i-1]).Equal(b):
			t.Fatalf("%s %s: buckets %s and %s do not touch", c.Zone(), c.Granularity(), buckets[i-1], b)
		case !c.Skip(buckets[0], i).Equal(b):
			t.Fatalf("%s %s: Skip(%s, %d) = %s, not %s", c.Zone(), c.Granularity(), buckets[0], i,
				c.Skip(buckets[0], i), b)
		}
	}
	if len(buckets) > 0 && c.Floor(w.Begin).After(w.Begin) {
		t.Fatalf("%s %s: the first bucket of %s is not the first", c.Zone(), c.Granularity(), w)
	}
	if last := c.Ceil(w.Begin); len(buckets) == 0 && w.Contains(last) {
		t.Fatalf("%s %s: %s starts in %s and is not yielded", c.Zone(), c.Granularity(), last, w)
	}
}

// TestFinalAndSettledInEveryZone states both rules as the contract does, and checks them on the buckets just before
// and just after each computed moment. That suffices: a rule that holds for a bucket holds for all older ones.
func TestFinalAndSettledInEveryZone(t *testing.T) {
	zones := everyZone(t)
	rapid.Check(t, func(t *rapid.T) {
		where := somewhere(t)
		wait := time.Duration(rapid.Int64Range(0, int64(6*24*time.Hour)).Draw(t, "wait"))
		for _, h := range zones {
			moment := where(h)
			days := flow.NewCalendar(flow.Daily, h.Location)
			for _, g := range flow.Granularities() {
				c := flow.NewCalendar(g, h.Location)
				final, settled := c.FinalBefore(moment, wait), c.SettledBefore(moment, wait)
				for _, b := range []time.Time{c.Floor(final.Add(-1)), c.Ceil(final)} {
					endOfDay := days.Next(days.Floor(b))
					if want := !endOfDay.Add(wait).After(moment); b.Before(final) != want {
						t.Fatalf("%s %s: bucket %s, requested at %s with finality %s: final = %t", h, g, b,
							moment, wait, !want)
					}
				}
				for _, b := range []time.Time{c.Floor(settled.Add(-1)), settled} {
					if want := !c.Next(b).Add(wait).After(moment); !c.Next(b).After(settled) != want {
						t.Fatalf("%s %s: bucket %s, at %s with settle %s: settled = %t", h, g, b, moment, wait, !want)
					}
				}
			}
		}
	})
}
