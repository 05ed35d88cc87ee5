package probe

import (
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

func configured() Settings {
	return Settings{
		Zone: time.UTC, PerSecond: 18, Start: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC),
		Settle:    map[flow.Granularity]time.Duration{flow.Hourly: 15 * time.Minute, flow.Daily: 2 * time.Hour},
		MaxWindow: map[flow.Granularity]time.Duration{flow.Hourly: 31 * day, flow.Daily: 366 * day},
	}
}

// TestLinesSuitAllAccounts: of the accounts' findings, the shortest window, the longest settle and the oldest start;
// the zone for each account.
func TestLinesSuitAllAccounts(t *testing.T) {
	one, two := configured(), configured()
	one.Start, two.Start = one.Start.AddDate(1, 0, 0), two.Start.AddDate(0, 3, 0)
	one.MaxWindow[flow.Hourly], two.MaxWindow[flow.Daily] = 7*day, 30*day
	one.Settle[flow.Hourly], two.Settle[flow.Hourly] = 70*time.Minute, 3*time.Hour
	two.Zone, two.PerSecond, two.Record = time.FixedZone("Asia/Tokyo", 9*3600), 0.5, true
	got := Lines([]Settings{configured(), configured()}, []Report{
		{Account: "one", follows: one, why: map[string]string{keyStart: "why one", keyMaxWindow + "hourly": "short",
			keySettleHourly: "late"}},
		{Account: "two", follows: two, why: map[string]string{keyZone: "midnights", keyStart: "why two",
			keyMaxWindow + "daily": "short", keySettleHourly: "later"}},
	})
	const want = `accounts:
  - name: two
    # midnights
    time_zone: Asia/Tokyo
    requests_per_second: 0.5
extract:
  # account two, why two
  start: 2025-04-01
  # hourly: account two, later
  settle: {hourly: 3h, daily: 2h}
  # hourly: account one, short; daily: account two, short
  max_window: {hourly: 7d, daily: 30d}
  answer_check: record
`
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := Lines([]Settings{configured()}, []Report{{Account: "one", follows: configured()}}); got != "" {
		t.Errorf("lines though nothing follows:\n%s", got)
	}
}

func TestWords(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0m", 50 * time.Minute: "50m", time.Hour: "1h",
		110 * time.Minute: "1h50m", 26 * time.Hour: "26h"} {
		if got := minutes(d); got != want {
			t.Errorf("minutes of %s: %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{7 * day: "7d", 30 * time.Hour: "30h", 65 * time.Minute: "65m"} {
		if got := length(d); got != want {
			t.Errorf("length of %s: %q, want %q", d, got, want)
		}
	}
	for n, want := range map[int]string{1: "1 hour", 24: "24 hours", 168: "168 hours (7 days)"} {
		if got := buckets(n, flow.Hourly); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
