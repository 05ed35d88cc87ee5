package flow_test

import (
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// TestFinalBefore: a bucket is final once finality has passed since the end of the account's day in which it starts.
func TestFinalBefore(t *testing.T) {
	const days = 24 * time.Hour
	for _, c := range []struct {
		what, zone, sent string
		finality         time.Duration
		want             string
	}{
		{"a nanosecond early", "Asia/Shanghai", "2026-01-06T15:59:59.999999999Z", 5 * days, "2025-12-31T16:00:00Z"},
		{"to the instant", "Asia/Shanghai", "2026-01-06T16:00:00Z", 5 * days, "2026-01-01T16:00:00Z"},
		{"within the day", "Asia/Shanghai", "2026-01-07T15:00:00Z", 5 * days, "2026-01-01T16:00:00Z"},
		{"no finality: yesterday is final", "Asia/Shanghai", "2026-01-06T16:00:00Z", 0, "2026-01-06T16:00:00Z"},
		{"half a day", "UTC", "2026-01-06T11:59:59Z", 12 * time.Hour, "2026-01-05T00:00:00Z"},
		{"half a day, to the instant", "UTC", "2026-01-06T12:00:00Z", 12 * time.Hour, "2026-01-06T00:00:00Z"},
		{"a zone off the hour", "Asia/Kathmandu", "2026-01-06T18:14:59Z", 5 * days, "2025-12-31T18:15:00Z"},
		{"a zone off the hour, to the instant", "Asia/Kathmandu", "2026-01-06T18:15:00Z", 5 * days,
			"2026-01-01T18:15:00Z"},
		{"over a day of 23 hours, early", "Europe/Berlin", "2026-04-03T21:59:59Z", 5 * days, "2026-03-28T23:00:00Z"},
		{"over a day of 23 hours", "Europe/Berlin", "2026-04-03T22:00:00Z", 5 * days, "2026-03-29T22:00:00Z"},
		{"a day that never was", "Pacific/Apia", "2011-12-30T10:00:00Z", 0, "2011-12-30T10:00:00Z"},
	} {
		for _, g := range flow.Granularities() { // it is the day that counts, for hours too
			got := flow.NewCalendar(g, zone(t, c.zone)).FinalBefore(at(t, c.sent), c.finality)
			if !got.Equal(at(t, c.want)) {
				t.Errorf("%s (%s): FinalBefore = %s, want %s", c.what, g, got.Format(time.RFC3339), c.want)
			}
		}
	}
}

// TestSettledBefore: the end of the newest bucket that had ended at least settle before now.
func TestSettledBefore(t *testing.T) {
	for _, c := range []struct {
		what        string
		granularity flow.Granularity
		zone, now   string
		settle      time.Duration
		want        string
	}{
		{"a nanosecond early", flow.Hourly, "UTC", "2026-01-06T13:14:59.999999999Z", 15 * time.Minute,
			"2026-01-06T12:00:00Z"},
		{"to the instant", flow.Hourly, "UTC", "2026-01-06T13:15:00Z", 15 * time.Minute, "2026-01-06T13:00:00Z"},
		{"no settle", flow.Hourly, "UTC", "2026-01-06T13:00:00Z", 0, "2026-01-06T13:00:00Z"},
		{"hours do not follow the zone", flow.Hourly, "Asia/Kathmandu", "2026-01-06T13:15:00Z", 15 * time.Minute,
			"2026-01-06T13:00:00Z"},
		{"a day, early", flow.Daily, "Asia/Shanghai", "2026-01-06T17:59:59Z", 2 * time.Hour, "2026-01-05T16:00:00Z"},
		{"a day, to the instant", flow.Daily, "Asia/Shanghai", "2026-01-06T18:00:00Z", 2 * time.Hour,
			"2026-01-06T16:00:00Z"},
		{"a day of 25 hours, early", flow.Daily, "Europe/Berlin", "2026-10-26T00:59:59Z", 2 * time.Hour,
			"2026-10-24T22:00:00Z"},
		{"a day of 25 hours", flow.Daily, "Europe/Berlin", "2026-10-26T01:00:00Z", 2 * time.Hour,
			"2026-10-25T23:00:00Z"},
	} {
		got := flow.NewCalendar(c.granularity, zone(t, c.zone)).SettledBefore(at(t, c.now), c.settle)
		if !got.Equal(at(t, c.want)) {
			t.Errorf("%s: SettledBefore = %s, want %s", c.what, got.Format(time.RFC3339), c.want)
		}
	}
}
