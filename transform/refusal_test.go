package transform_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/transform"
)

// TestAnswersThatDisagree: answers that contradict themselves whatever their totals. answer_check: record does not
// store them either.
func TestAnswersThatDisagree(t *testing.T) {
	for _, c := range []struct {
		what   string
		answer flow.Answer
		text   string
	}{
		{"two values for an hour", answer(point(60, 6), point(60, 7)),
			"two values, 6 and 7 bytes, for 2026-01-01T01:00:00Z"},
		{"two values for an hour, the lower last", answer(point(60, 7), point(60, 6)),
			"two values, 7 and 6 bytes, for 2026-01-01T01:00:00Z"},
		{"two values for an hour, apart", answer(point(60, 6), point(120, 1), point(60, 7)),
			"two values, 6 and 7 bytes, for 2026-01-01T01:00:00Z"},
		{"two values outside the window", answer(point(-60, 6), point(-60, 7)),
			"two values, 6 and 7 bytes, for 2025-12-31T23:00:00Z"},
		{"twice off the same hour", answer(point(70, 6), point(80, 7)),
			"two points, at 2026-01-01T01:10:00Z and 2026-01-01T01:20:00Z, in one bucket"},
		{"on the hour and off it", answer(point(60, 6), point(90, 7)),
			"two points, at 2026-01-01T01:00:00Z and 2026-01-01T01:30:00Z, in one bucket"},
		{"on the hour and off it, one value", answer(point(60, 6), point(90, 6)),
			"two points, at 2026-01-01T01:00:00Z and 2026-01-01T01:30:00Z, in one bucket"},
		{"an hour too early", answer(point(-61, 6)), "a point at 2025-12-31T22:59:00Z, beyond the bucket next to " +
			"the window [2026-01-01T00:00Z, 2026-01-01T04:00Z)"},
		{"an hour too late", answer(point(300, 6)), "a point at 2026-01-01T05:00:00Z, beyond the bucket next to the " +
			"window [2026-01-01T00:00Z, 2026-01-01T04:00Z)"},
		{"another year", answer(point(0, 5), flow.Point{Time: zero.AddDate(-1, 0, 0), Bytes: 6}),
			"a point at 2025-01-01T00:00:00Z, beyond the bucket next to the window [2026-01-01T00:00Z, " +
				"2026-01-01T04:00Z)"},
	} {
		t.Run(c.what, func(t *testing.T) {
			for _, record := range []bool{false, true} {
				rules := hourly()
				rules.Record = record
				e, err := transform.Facts(rules, four, c.answer)
				refusal(t, err, flow.Disagrees, c.text, c.answer)
				if len(e.Facts) != 0 {
					t.Errorf("record %t: %d facts of an answer that is not believed", record, len(e.Facts))
				}
			}
		})
	}
}

// TestDaysOffMidnight: the message names a zone in which the points are at midnight.
func TestDaysOffMidnight(t *testing.T) {
	const shanghai = "Asia/Shanghai"
	for _, c := range []struct {
		what, zone string
		points     []string
		text       string
	}{
		{"days of UTC", shanghai, []string{"2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"},
			"a daily point at 2026-01-01T00:00:00Z is not midnight in Asia/Shanghai; all points would be in UTC: " +
				"set the account's time_zone"},
		{"days of UTC+8", "UTC", []string{"2026-01-01T16:00:00Z"},
			"a daily point at 2026-01-01T16:00:00Z is not midnight in UTC; all points would be in Asia/Shanghai: " +
				"set the account's time_zone"},
		{"the first that is off is named", shanghai, []string{"2026-01-02T18:30:00Z", "2026-01-01T18:30:00Z"},
			"a daily point at 2026-01-01T18:30:00Z is not midnight in Asia/Shanghai; all points would be in " +
				"Asia/Kolkata: set the account's time_zone"},
		{"only a zone with summer time fits", shanghai, []string{"2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
			"a daily point at 2026-03-28T23:00:00Z is not midnight in Asia/Shanghai; all points would be in " +
				"Europe/Berlin: set the account's time_zone"},
		{"off the hour", shanghai, []string{"2026-01-01T18:15:00Z"},
			"a daily point at 2026-01-01T18:15:00Z is not midnight in Asia/Shanghai; all points would be in " +
				"Asia/Kathmandu: set the account's time_zone"},
		{"one of many is off", shanghai, []string{"2026-01-01T16:00:00Z", "2026-01-02T16:00:00Z",
			"2026-01-03T15:59:59Z"},
			"a daily point at 2026-01-03T15:59:59Z is not midnight in Asia/Shanghai, nor do all points fit another " +
				"zone"},
		{"two zones mixed", shanghai, []string{"2026-01-01T16:00:00Z", "2026-01-03T00:00:00Z"},
			"a daily point at 2026-01-03T00:00:00Z is not midnight in Asia/Shanghai, nor do all points fit another " +
				"zone"},
		{"off it outside the window too", shanghai, []string{"2025-12-31T15:00:00Z"},
			"a daily point at 2025-12-31T15:00:00Z is not midnight in Asia/Shanghai; all points would be in " +
				"Asia/Tokyo: set the account's time_zone"},
		{"midnight of summer time in winter", "Europe/Berlin", []string{"2026-01-01T22:00:00Z"},
			"a daily point at 2026-01-01T22:00:00Z is not midnight in Europe/Berlin; all points would be in " +
				"Europe/Athens: set the account's time_zone"},
	} {
		t.Run(c.what, func(t *testing.T) {
			calendar := flow.NewCalendar(flow.Daily, zone(t, c.zone))
			w := flow.Window{Begin: calendar.DateStart(at(t, "2026-01-01T00:00:00Z")),
				End: calendar.DateStart(at(t, "2026-01-05T00:00:00Z"))}
			var points []flow.Point
			for _, p := range c.points {
				points = append(points, flow.Point{Time: at(t, p), Bytes: 1})
			}
			a := answer(points...)
			_, err := transform.Facts(transform.Rules{Calendar: calendar, Record: true}, w, a)
			class := flow.Disagrees
			if strings.Contains(c.text, "set the account's time_zone") { // halving the window would not help
				class = flow.Rejected
			}
			refusal(t, err, class, c.text, a)
		})
	}
}

// TestDaysBesideTheWindow: a point of the neighbouring day is dropped, one of the day beyond it is an error, also
// where a change of the clocks makes a day an hour shorter or longer.
func TestDaysBesideTheWindow(t *testing.T) {
	calendar := flow.NewCalendar(flow.Daily, zone(t, "Europe/Berlin"))
	// the days between the two changes
	w := flow.Window{Begin: at(t, "2026-03-29T22:00:00Z"), End: at(t, "2026-10-24T22:00:00Z")}
	for _, c := range []struct {
		point   string
		believe bool
	}{
		{"2026-03-27T23:00:00Z", false}, {"2026-03-28T23:00:00Z", true},
		{"2026-10-24T22:00:00Z", true}, {"2026-10-25T23:00:00Z", false},
	} {
		e, err := transform.Facts(transform.Rules{Calendar: calendar}, w,
			answer(flow.Point{Time: at(t, c.point), Bytes: 1}))
		if (err == nil) != c.believe {
			t.Errorf("%s: %v", c.point, err)
		}
		if c.believe && e.Dropped != 1 {
			t.Errorf("%s: %d points dropped", c.point, e.Dropped)
		}
	}
}

func TestAPointFarBeyondTheYearsOfTheCalendar(t *testing.T) {
	for _, name := range []string{"UTC", "Asia/Shanghai", "Europe/Berlin"} {
		for _, seconds := range []int64{-1 << 63, -1 << 40, 1 << 40, 1<<63 - 1} {
			for _, g := range flow.Granularities() {
				rules := transform.Rules{Calendar: flow.NewCalendar(g, zone(t, name))}
				w := flow.Window{Begin: rules.Calendar.Floor(zero), End: rules.Calendar.Floor(zero.Add(96 * time.Hour))}
				_, err := transform.Facts(rules, w, answer(flow.Point{Time: time.Unix(seconds, 0).UTC(), Bytes: 1}))
				if flow.ClassOf(err) != flow.Disagrees {
					t.Errorf("%s %s, second %d: %v", name, g, seconds, err)
				}
			}
		}
	}
}
