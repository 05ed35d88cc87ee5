package flow_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// TestDaysOfDifficultZones lists the starts of the days around each change.
func TestDaysOfDifficultZones(t *testing.T) {
	for _, c := range []struct {
		zone, what string
		starts     []string
	}{
		{"Asia/Shanghai", "no changes since 1991",
			[]string{"2026-01-30T16:00:00Z", "2026-01-31T16:00:00Z", "2026-02-01T16:00:00Z"}},
		{"Asia/Shanghai", "summer time in 1986",
			[]string{"1986-05-02T16:00:00Z", "1986-05-03T16:00:00Z", "1986-05-04T15:00:00Z"}},
		{"Asia/Kathmandu", "5:45 from UTC", []string{"2026-01-01T18:15:00Z", "2026-01-02T18:15:00Z"}},
		{"Europe/Berlin", "a day of 23 hours",
			[]string{"2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"}},
		{"Europe/Berlin", "a day of 25 hours",
			[]string{"2026-10-23T22:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"}},
		{"America/Sao_Paulo", "no midnight: the day starts at 01:00",
			[]string{"2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"}},
		{"America/Sao_Paulo", "midnight set back to 23:00 before it is shown",
			[]string{"2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z", "2018-02-19T03:00:00Z"}},
		{"Africa/Cairo", "no midnight", []string{"2023-04-26T22:00:00Z", "2023-04-27T22:00:00Z",
			"2023-04-28T21:00:00Z"}},
		{"Africa/Cairo", "midnight set back to 23:00",
			[]string{"2023-10-25T21:00:00Z", "2023-10-26T22:00:00Z", "2023-10-27T22:00:00Z"}},
		{"America/Havana", "midnight twice: the first counts",
			[]string{"2023-11-04T04:00:00Z", "2023-11-05T04:00:00Z", "2023-11-06T05:00:00Z"}},
		{"America/Havana", "no midnight", []string{"2023-03-11T05:00:00Z", "2023-03-12T05:00:00Z",
			"2023-03-13T04:00:00Z"}},
		{"America/St_Johns", "00:01 set back to yesterday's 23:01",
			[]string{"2006-10-28T02:30:00Z", "2006-10-29T02:30:00Z", "2006-10-30T03:30:00Z"}},
		{"America/St_Johns", "00:01 set forward",
			[]string{"2006-04-01T03:30:00Z", "2006-04-02T03:30:00Z", "2006-04-03T02:30:00Z"}},
		{"America/St_Johns", "two hours at 00:01 in 1988",
			[]string{"1988-10-29T01:30:00Z", "1988-10-30T01:30:00Z", "1988-10-31T03:30:00Z"}},
		{"Pacific/Apia", "no 2011-12-30", []string{"2011-12-28T10:00:00Z", "2011-12-29T10:00:00Z",
			"2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"}},
		{"America/Juneau", "1867-10-18 twice",
			[]string{"1867-10-16T08:57:41Z", "1867-10-17T08:57:41Z", "1867-10-18T08:57:41Z", "1867-10-20T08:57:41Z"}},
	} {
		t.Run(c.zone+", "+c.what, func(t *testing.T) {
			calendar := flow.NewCalendar(flow.Daily, zone(t, c.zone))
			begin, end := at(t, c.starts[0]), at(t, c.starts[len(c.starts)-1])
			var got []string
			for b := range calendar.Buckets(flow.Window{Begin: begin, End: end.Add(1)}) {
				got = append(got, b.Format(time.RFC3339))
			}
			if diff := cmp.Diff(c.starts, got); diff != "" {
				t.Errorf("starts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFloorWhereTheClockShowsYesterdayAgain(t *testing.T) {
	c := flow.NewCalendar(flow.Daily, zone(t, "America/St_Johns"))
	for _, row := range []struct{ at, shows, bucket string }{
		{"2006-10-29T02:29:59Z", "2006-10-28", "2006-10-28T02:30:00Z"},
		{"2006-10-29T02:30:00Z", "2006-10-29", "2006-10-29T02:30:00Z"},
		{"2006-10-29T02:31:00Z", "2006-10-28", "2006-10-29T02:30:00Z"}, // 23:01 on the 28th once more
		{"2006-10-29T03:29:59Z", "2006-10-28", "2006-10-29T02:30:00Z"},
		{"2006-10-29T03:30:00Z", "2006-10-29", "2006-10-29T02:30:00Z"},
		{"2006-10-30T03:30:00Z", "2006-10-30", "2006-10-30T03:30:00Z"},
	} {
		if got := c.Floor(at(t, row.at)); !got.Equal(at(t, row.bucket)) {
			t.Errorf("Floor(%s) = %s, want %s", row.at, got, row.bucket)
		}
		if got := c.Day(at(t, row.at)); !got.Equal(at(t, row.shows)) {
			t.Errorf("Day(%s) = %s, want %s", row.at, got, row.shows)
		}
	}
}

func TestDateStart(t *testing.T) {
	for _, c := range []struct{ zone, date, want string }{
		{"Asia/Shanghai", "2026-01-31", "2026-01-30T16:00:00Z"},
		{"Asia/Shanghai", "2026-01-31T23:59:59Z", "2026-01-30T16:00:00Z"}, // any time on the date
		{"UTC", "2026-01-31", "2026-01-31T00:00:00Z"},
		{"Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z"},
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"}, // skipped: where the 31st starts
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
		{"Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00:00Z"},
		{"Pacific/Pago_Pago", "2026-01-01", "2026-01-01T11:00:00Z"},
		{"America/Havana", "2023-11-05", "2023-11-05T04:00:00Z"},
		{"Asia/Manila", "1844-12-31", "1844-12-31T15:56:08Z"}, // the widest offset west
	} {
		if got := flow.NewCalendar(flow.Hourly, zone(t, c.zone)).DateStart(at(t, c.date)); !got.Equal(at(t, c.want)) {
			t.Errorf("%s: DateStart(%s) = %s, want %s", c.zone, c.date, got.Format(time.RFC3339), c.want)
		}
	}
}

// TestTheLastDayOfALeapYear: after the last change that a zone's file lists, Go computes changes from a rule. There,
// ZoneBounds for 31 December of a leap year returns an end before that day. Files list changes until 2037; those in
// the "slim" format list them until the year of the last new rule, 2007 in New York.
func TestTheLastDayOfALeapYear(t *testing.T) {
	slim := history{Location: slimNewYork(t)}
	for _, h := range append(everyZone(t), slim) {
		for _, year := range []int{2024, 2040} {
			c := flow.NewCalendar(flow.Daily, h.Location)
			w := flow.Window{Begin: c.DateStart(day(year, 12, 28)), End: c.DateStart(day(year+1, 1, 3))}
			if got := c.Count(w); got != 6 {
				t.Errorf("%s: %d days in %s, want 6", h, got, w)
			}
			for b := range c.Buckets(w) {
				if got := c.Next(b).Sub(b); got != 24*time.Hour {
					t.Errorf("%s: the day at %s lasts %s", h, b, got)
				}
			}
		}
	}
}

func TestHoursAreThoseOfUTC(t *testing.T) {
	c := flow.NewCalendar(flow.Hourly, zone(t, "Asia/Kathmandu"))
	if got := c.Floor(at(t, "2026-01-01T18:30:00Z")); !got.Equal(at(t, "2026-01-01T18:00:00Z")) {
		t.Errorf("Floor = %s: hours do not follow the zone's quarters", got)
	}
	if got := c.Floor(at(t, "1969-12-31T23:30:00Z")); !got.Equal(at(t, "1969-12-31T23:00:00Z")) {
		t.Errorf("Floor = %s before 1970", got)
	}
	if got := c.Day(at(t, "2026-01-01T18:15:00Z")); !got.Equal(at(t, "2026-01-02")) {
		t.Errorf("Day = %s: an hour's day is the account's", got)
	}
	berlin := flow.NewCalendar(flow.Hourly, zone(t, "Europe/Berlin"))
	w := flow.Window{Begin: at(t, "2026-10-24T22:00:00Z"), End: at(t, "2026-10-25T23:00:00Z")}
	if got := berlin.Count(w); got != 25 {
		t.Errorf("%d hours on the day on which clocks go back, want 25", got)
	}
}

func TestCountOfNothing(t *testing.T) {
	for _, g := range flow.Granularities() {
		c := flow.NewCalendar(g, time.UTC)
		noon := at(t, "2026-01-01T12:00:00Z")
		for _, w := range []flow.Window{
			{},
			{Begin: noon, End: noon},
			{Begin: noon.Add(48 * time.Hour), End: noon},
			{Begin: noon.Add(time.Minute), End: noon.Add(time.Hour)}, // inside a bucket: none starts in it
		} {
			if got := c.Count(w); got != 0 {
				t.Errorf("%s: Count(%s) = %d, want 0", g, w, got)
			}
			if got := slices.Collect(c.Buckets(w)); len(got) != 0 {
				t.Errorf("%s: Buckets(%s) = %s, want none", g, w, got)
			}
		}
	}
}

func TestBucketsStopWhenToldTo(t *testing.T) {
	c := flow.NewCalendar(flow.Hourly, time.UTC)
	seen := 0
	for range c.Buckets(flow.Window{Begin: day(2026, 1, 1), End: day(2026, 1, 2)}) {
		if seen++; seen == 3 {
			break
		}
	}
	if seen != 3 {
		t.Errorf("%d buckets after a break at the third", seen)
	}
}

func TestACalendarSaysWhatItIsMadeOf(t *testing.T) {
	l := zone(t, "Asia/Kathmandu")
	if c := flow.NewCalendar(flow.Daily, l); c.Granularity() != flow.Daily || c.Zone() != l {
		t.Errorf("%s in %s", c.Granularity(), c.Zone())
	}
}
