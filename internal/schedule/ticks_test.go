package schedule_test

import (
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/schedule"
)

// Late is three periods of an even schedule, and at least three ticks of an uneven one.
func TestLate(t *testing.T) {
	t.Parallel()
	const utc = "CRON_TZ=UTC "
	for _, c := range []struct {
		name        string
		crons       []string
		since, want string // 2026-11-18 is a Wednesday
	}{
		{"hourly, after the pass of a tick", []string{"20 * * * *"}, "2026-11-18 10:20:05", "2026-11-18 13:20:05"},
		{"hourly, from a start between ticks", []string{"20 * * * *"}, "2026-11-18 10:19:59", "2026-11-18 13:19:59"},
		{"daily", []string{"0 3 * * *"}, "2026-11-18 03:01:00", "2026-11-21 03:01:00"},
		{"monthly", []string{"0 0 1 * *"}, "2026-11-18 00:00:00", "2027-02-16 00:00:00"},
		{"hourly beats daily", []string{"0 3 * * *", "20 * * * *"}, "2026-11-18 10:20:05", "2026-11-18 13:20:05"},
		{"office hours by day", []string{"*/5 9-17 * * 1-5"}, "2026-11-18 10:00:01", "2026-11-18 10:15:01"},
		{"office hours: a night is no fault", []string{"*/5 9-17 * * 1-5"}, "2026-11-18 17:55:01",
			"2026-11-19 09:10:00"},
		{"office hours: nor is a weekend", []string{"*/5 9-17 * * 1-5"}, "2026-11-20 17:55:01", "2026-11-23 09:10:00"},
		{"working days", []string{"0 6 * * 1-5"}, "2026-11-20 06:01:00", "2026-11-25 06:00:00"},
		{"a day that never comes", []string{"0 0 30 2 *"}, "2026-11-18 10:00:00", ""},
		{"such a day beside hours", []string{"0 0 30 2 *", "20 * * * *"}, "2026-11-18 10:20:05", "2026-11-18 13:20:05"},
		{"no entry", nil, "2026-11-18 10:00:00", ""},
	} {
		var entries []schedule.Entry
		for _, cron := range c.crons {
			entries = append(entries, schedule.Entry{Name: cron, Cron: utc + cron})
		}
		ticks, err := schedule.Parse(entries)
		if err != nil {
			t.Fatal(err)
		}
		since, err := time.Parse(time.DateTime, c.since)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if late := ticks.Late(since); !late.IsZero() {
			got = late.UTC().Format(time.DateTime)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// An entry without a zone is in the machine's zone, whatever the zone of the time passed to Next.
func TestTicksAreInTheMachinesZone(t *testing.T) {
	old := time.Local
	defer func() { time.Local = old }()
	time.Local = time.FixedZone("", 8*3600)
	ticks, err := schedule.Parse([]schedule.Entry{{Name: "night", Cron: "0 3 * * *"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := ticks.Next(time.Date(2026, 11, 18, 0, 0, 0, 0, time.UTC)),
		time.Date(2026, 11, 18, 19, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("%s, want %s", got.UTC(), want)
	}
	if _, err := schedule.Parse([]schedule.Entry{{Name: "bad", Cron: "61 * * * *"}}); err == nil {
		t.Error("a bad entry is no error")
	}
}
