package e2e

import (
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/config"
)

// probedMode is an API as it may turn out to be, and what a probe says of it.
type probedMode struct {
	name    string
	set     func(*apisim.Settings)
	most    int               // requests
	says    map[string]string // part of a finding's result
	follows []configured      // what its lines change of the default configuration
}

type configured func(*config.Config)

func probedModes(t *testing.T) []probedMode {
	t.Helper()
	windows := func(hourly, daily time.Duration) configured {
		return func(c *config.Config) {
			c.Extract.MaxWindow = config.PerGranularity{Hourly: hourly, Daily: daily}
		}
	}
	zone := func(name string) configured {
		l, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return func(c *config.Config) { c.Accounts[0].TimeZone = l }
	}
	october := func(day int) configured {
		return func(c *config.Config) { c.Extract.Start = config.Date{Year: 2026, Month: time.October, Day: day} }
	}
	record := func(c *config.Config) { c.Extract.AnswerCheck = config.RecordAnswer }
	const day, week, month, year = 24 * time.Hour, 7 * 24 * time.Hour, 31 * 24 * time.Hour, 366 * 24 * time.Hour
	return []probedMode{
		{
			name: "defaults", set: func(*apisim.Settings) {}, most: 18,
			says: map[string]string{
				"credentials":      "takes the key",
				"clock":            "to the second",
				"latency":          "under way together",
				"rate limit":       "not tested",
				"span hourly":      "a request for 8784 hours (366 days) is answered; more was not tried",
				"span daily":       "a request for 366 days is answered",
				"retention hourly": "back to 2024-11-18 09:00Z at least",
				"retention daily":  "back to 2024-11-17 16:00Z at least",
				"daily points":     "midnight in Asia/Shanghai (UTC+08:00)",
				"hourly points":    "the start of its hour",
				"EndTime":          "exclusive",
				"BeginTime":        "starts before BeginTime does not come",
				"newest data":      "the hour in progress, 2026-11-18 09:00Z, has a value 50m after it began",
				"totals":           "agree with the points in all of",
				"fractions":        "whole bytes",
				"directions":       "uplink + downlink = total, on each of the 7 days to 2026-11-13",
				"regions":          "MC + AP + EU + AM = ALL, on each of the 7 days",
				"hours of a day":   "= the day, on each of the 7 days",
			},
		},
		{
			name: "7 days of hours", most: 22,
			set: func(s *apisim.Settings) { s.MaxSpanHourly = days(7) },
			says: map[string]string{
				"span hourly": "a request for 168 hours (7 days) is answered, one hour more is refused: " +
					"the API answered InvalidParameterValue",
				"span daily":       "a request for 366 days is answered",
				"retention hourly": "back to 2024-11-18",
			},
			follows: []configured{windows(week, year)},
		},
		{
			name: "31 days of hours and days", most: 27,
			set: func(s *apisim.Settings) { s.MaxSpanHourly, s.MaxSpanDaily = days(31), days(31) },
			says: map[string]string{
				"span hourly":    "a request for 744 hours (31 days) is answered, one hour more is refused",
				"span daily":     "a request for 31 days is answered, one day more is refused",
				"directions":     "each of the 7 days",
				"hours of a day": "each of the 7 days",
			},
			follows: []configured{windows(month, month)},
		},
		{
			name: "odd spans", most: 36,
			set: func(s *apisim.Settings) { s.MaxSpanHourly, s.MaxSpanDaily = apisim.Duration(100*time.Hour), days(11) },
			says: map[string]string{
				"span hourly":    "a request for 100 hours is answered, one hour more is refused",
				"span daily":     "a request for 11 days is answered, one day more is refused",
				"directions":     "each of the 7 days",
				"hours of a day": "on the day to 2026-11-13",
			},
			follows: []configured{windows(100*time.Hour, 11*day)},
		},
		{
			name: "one bucket at a time", most: 32,
			set: func(s *apisim.Settings) { s.MaxSpanHourly, s.MaxSpanDaily = apisim.Duration(time.Hour), days(1) },
			says: map[string]string{
				"span hourly": "a request for 1 hour is answered, one hour more is refused",
				"span daily":  "a request for 1 day is answered, one day more is refused",
				"EndTime":     "no neighbouring buckets",
				"newest data": "refuses to answer for 48 hours at once",
				"directions":  "on the day to",
			},
			follows: []configured{windows(time.Hour, day)},
		},
		{
			name: "30 days kept, older refused", most: 30,
			set: func(s *apisim.Settings) { s.RetentionHourly, s.RetentionDaily = days(30), days(30) },
			says: map[string]string{
				"retention hourly": "kept from 2026-10-19 10:00Z on (30 days ago); the hour before is refused",
				"retention daily":  "kept from 2026-10-19 16:00Z on (30 days ago); the day before is refused",
				"span hourly":      "a request for 719 hours is answered, which is all that is kept",
				"span daily":       "a request for 29 days is answered, which is all that is kept",
			},
			follows: []configured{october(20)},
		},
		{
			name: "hours kept for 30 days, days for ever", most: 30,
			set: func(s *apisim.Settings) { s.RetentionHourly = days(30) },
			says: map[string]string{
				"retention hourly": "kept from 2026-10-19 10:00Z on",
				"retention daily":  "back to 2024-11-17",
			},
		},
		{
			name: "30 days kept, older empty", most: 20,
			set: func(s *apisim.Settings) {
				s.RetentionHourly, s.RetentionDaily, s.RetentionMode = days(30), days(30), apisim.RetentionEmpty
			},
			says: map[string]string{
				"retention hourly": "nothing before 2026-10-19 10:00Z (30 days ago), and no refusal",
				"retention daily":  "nothing before 2026-10-19 16:00Z (30 days ago), and no refusal",
				"span hourly":      "8784 hours",
			},
			follows: []configured{october(20)},
		},
		{
			name: "30 days kept, older empty, 7 days at once", most: 36,
			set: func(s *apisim.Settings) {
				s.RetentionHourly, s.RetentionDaily, s.RetentionMode = days(30), days(30), apisim.RetentionEmpty
				s.MaxSpanHourly, s.MaxSpanDaily = days(7), days(7)
			},
			says: map[string]string{
				"retention hourly": "nothing before 2026-10-19 10:00Z",
				"retention daily":  "nothing before 2026-10-19 16:00Z",
				"span hourly":      "a request for 168 hours (7 days) is answered, one hour more is refused",
				"span daily":       "a request for 7 days is answered, one day more is refused",
			},
			follows: []configured{october(20), windows(week, week)},
		},
		{
			name: "30 days kept, 7 at once", most: 34,
			set: func(s *apisim.Settings) {
				s.RetentionHourly, s.RetentionDaily, s.MaxSpanHourly, s.MaxSpanDaily = days(30), days(30), days(7), days(7)
			},
			says: map[string]string{
				"retention hourly": "kept from 2026-10-19 10:00Z on",
				"retention daily":  "kept from 2026-10-19 16:00Z on",
				"span hourly":      "a request for 168 hours (7 days) is answered, one hour more is refused",
				"span daily":       "a request for 7 days is answered, one day more is refused",
			},
			follows: []configured{october(20), windows(week, week)},
		},
		{
			name: "an odd horizon of days", most: 34,
			set: func(s *apisim.Settings) { s.RetentionDaily = days(101) },
			says: map[string]string{
				"retention daily":  "kept from 2026-08-09 16:00Z on (101 days ago); the day before is refused",
				"retention hourly": "back to 2024-11-18",
			},
		},
		{
			name: "days in UTC", most: 20,
			set: func(s *apisim.Settings) { s.DayOffset = 0 },
			says: map[string]string{
				"daily points":   "midnight in UTC (UTC+00:00), not in Asia/Shanghai",
				"hours of a day": "= the day, on each of the 7 days to 2026-11-13",
				"totals":         "agree",
			},
			follows: []configured{zone("UTC")},
		},
		{
			name: "days in UTC+9, 30 kept", most: 30,
			set: func(s *apisim.Settings) {
				s.DayOffset, s.RetentionDaily = apisim.Duration(9*time.Hour), days(30)
			},
			says: map[string]string{
				"daily points":    "midnight in Asia/Tokyo (UTC+09:00)",
				"retention daily": "kept from 2026-10-19 15:00Z on",
				"hours of a day":  "= the day",
			},
			follows: []configured{zone("Asia/Tokyo")},
		},
		{
			name: "days in UTC+5:30", most: 20,
			set: func(s *apisim.Settings) { s.DayOffset = apisim.Duration(330 * time.Minute) },
			says: map[string]string{
				"daily points":   "midnight in Asia/Kolkata (UTC+05:30)",
				"hours of a day": "do not start on the hour",
				"directions":     "= total, on each of the 7 days",
			},
			follows: []configured{zone("Asia/Kolkata")},
		},
		{
			name: "EndTime inclusive", most: 18,
			set:  func(s *apisim.Settings) { s.EndInclusive = true },
			says: map[string]string{"EndTime": "inclusive", "BeginTime": "does not come"},
		},
		{
			name: "a point before BeginTime", most: 18,
			set: func(s *apisim.Settings) { s.PointBeforeBegin = true },
			says: map[string]string{
				"BeginTime":        "the one before it too",
				"EndTime":          "exclusive",
				"retention hourly": "back to 2024-11-18 09:00Z",
				"totals":           "agree",
			},
		},
		{
			name: "fractions", most: 18,
			set: func(s *apisim.Settings) { s.Fractional = true },
			says: map[string]string{
				"fractions":      "have fractions of a byte",
				"totals":         "agree",
				"directions":     "= total, on each",
				"regions":        "= ALL, on each",
				"hours of a day": "= the day, on each",
			},
		},
		{
			name: "bits for a total", most: 18,
			set:     func(s *apisim.Settings) { s.WrongTotal = 8 },
			says:    map[string]string{"totals": "disagree with the points"},
			follows: []configured{record},
		},
		{
			name: "a wrong maximum", most: 18,
			set:     func(s *apisim.Settings) { s.WrongMax = 0.5 },
			says:    map[string]string{"totals": "MaxValue"},
			follows: []configured{record},
		},
		{
			name: "hours stamped at half past", most: 18,
			set: func(s *apisim.Settings) { s.HourlyOffset = apisim.Duration(30 * time.Minute) },
			says: map[string]string{
				"hourly points":  "30m0s after the start of its hour",
				"hours of a day": "= the day, on each",
				"EndTime":        "exclusive",
				"newest data":    "09:00Z",
			},
		},
		{
			name: "data 50 minutes late", most: 18,
			set: func(s *apisim.Settings) { s.DataLag = apisim.Duration(50 * time.Minute) },
			says: map[string]string{
				"newest data": "the newest value is that of 2026-11-18 08:00Z; the next hour began 50m ago and has none: " +
					"data come 50m to 1h50m late",
			},
			follows: []configured{func(c *config.Config) { c.Extract.Settle.Hourly = 70 * time.Minute }},
		},
		{
			name: "a clock 2 minutes off", most: 18,
			set:  func(s *apisim.Settings) { s.ClockOffset = apisim.Duration(2 * time.Minute) },
			says: map[string]string{"clock": "behind the API's: set it (NTP)"},
		},
	}
}
