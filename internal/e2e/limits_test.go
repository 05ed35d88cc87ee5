package e2e

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

func days(n int) apisim.Duration { return apisim.Duration(n) * apisim.Duration(24*time.Hour) }

// What the vendor's page leaves open, each way that it may turn out to be: a first load stores the truth all the same.
func TestLoadWhateverTheAPITurnsOutToBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		set  func(*apisim.Settings)
		most int // requests of the first load: 8 windows, and what learning may cost
	}{
		{"a point before BeginTime", func(s *apisim.Settings) { s.PointBeforeBegin = true }, 8},
		{"an inclusive EndTime", func(s *apisim.Settings) { s.EndInclusive = true }, 8},
		{"fractions of a byte", func(s *apisim.Settings) { s.Fractional = true }, 8},
		{"numbers with exponents", func(s *apisim.Settings) { s.Exponent = true }, 8},
		{"Time as a number", func(s *apisim.Settings) { s.TimeAsNumber = true }, 8},
		{"null for no points", func(s *apisim.Settings) { s.NullEmpty = true }, 8},
		{"hourly Time off the hour", func(s *apisim.Settings) { s.HourlyOffset = apisim.Duration(30 * time.Minute) }, 8},
		{
			"spans of seven days at most",
			func(s *apisim.Settings) { s.MaxSpanHourly, s.MaxSpanDaily = days(7), days(7) }, 24 + 2*32,
		},
		{"spans of one bucket at most", func(s *apisim.Settings) { s.MaxSpanDaily = days(1) }, 4*17 + 4 + 32},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			settings := unlimited()
			c.set(&settings)
			r := newRig(t, start, settings, few)
			r.must("migrate")
			if n := r.sent("run"); n > c.most {
				t.Errorf("the first run sent %d requests, want at most %d", n, c.most)
			}
			r.check(start)
			if n := r.sent("run"); n != 0 {
				t.Errorf("the second run sent %d requests, want 0", n)
			}
		})
	}
}

// What the API no longer keeps is unavailable, of each series by itself; it is asked about once a month, and what is
// younger is loaded.
func TestLoadOfWhatIsOlderThanTheAPIKeeps(t *testing.T) {
	t.Parallel()
	settings := unlimited()
	settings.RetentionHourly, settings.RetentionDaily = days(10), days(10)
	r := newRig(t, start, settings, few)
	r.must("migrate")
	// Of each granularity one series learns, and shows the three others the way.
	if n := r.sent("run"); n > 8+2*(32+3*8) {
		t.Errorf("the first run sent %d requests: more than the windows and what learning may cost", n)
	}
	if n := r.sent("run"); n != 0 {
		t.Errorf("the second run sent %d requests, want 0: what is unavailable is left alone for a month", n)
	}
	if n := r.scalar("SELECT count() FROM extractions WHERE state = 'unavailable'"); n != 8 {
		t.Errorf("%d ranges are unavailable, want one of each of 8 series", n)
	}
	// What was learned shows other series and ranges where to ask.
	r.edit("[ALL, MC]", "[ALL, MC, EU]")
	if n := r.sent("run"); n > 4+4*8 {
		t.Errorf("with a region more, a run sent %d requests, want at most 8 for each of its series, beside its windows", n)
	}
	if n := r.sent("backfill", "--from", "2026-10-01"); n > 12*5 {
		t.Errorf("a backfill of what is too old sent %d requests, want at most 5 a series", n)
	}
	if n := r.sent("backfill", "--from", "2026-10-01"); n != 0 {
		t.Errorf("a second backfill of what is too old sent %d requests", n)
	}
	r.advance(31 * 24 * time.Hour)
	r.must("run")
	if n := r.sent("run"); n != 0 {
		t.Errorf("after a month a second run sent %d requests", n)
	}
	// The first bucket that begins within the retention is the first that is stored, of each granularity.
	for granularity, want := range map[string]string{"hourly": "2026-11-08 10:00:00", "daily": "2026-11-08 16:00:00"} {
		var got time.Time
		const first = "SELECT min(bucket) FROM facts WHERE granularity = ?"
		if err := r.conn.QueryRow(t.Context(), first, granularity).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got.Format(time.DateTime) != want {
			t.Errorf("the first %s bucket is %s, want %s", granularity, got, want)
		}
	}
	if n := r.scalar("SELECT countIf(unavailable_buckets = 0) FROM flow_coverage"); n != 0 {
		t.Errorf("%d series have no unavailable buckets", n)
	}
}

// The API may keep ALL for ten days and the other regions for ever: all of these is loaded, whichever region is asked
// for first.
func TestEachRegionIsKeptForItsOwnTime(t *testing.T) {
	t.Parallel()
	for _, region := range []string{"ALL", "MC"} {
		t.Run(region, func(t *testing.T) {
			t.Parallel()
			settings := unlimited()
			kept := apisim.Retention{Hourly: days(10), Daily: days(10)}
			if region == "ALL" {
				settings.RetentionByRegion.ALL = kept
			} else {
				settings.RetentionByRegion.MC = kept
			}
			r := newRig(t, start, settings, few)
			r.must("migrate")
			r.must("run")
			// The server's clock is ahead: what has settled since is a gap.
			for what, want := range map[string]uint64{
				"SELECT count() FROM flow_gaps WHERE access_region = ? AND gap_begin < {now:DateTime('UTC')} - 86400":          4,
				"SELECT count() FROM flow_coverage WHERE access_region = ? AND unavailable_buckets > 0 AND failed_buckets = 0": 4,
				"SELECT count() FROM flow_gaps WHERE access_region != ? AND gap_begin < {now:DateTime('UTC')} - 86400":         0,
				"SELECT count() FROM flow_coverage WHERE access_region != ? AND unavailable_buckets + failed_buckets = 0":      4,
			} {
				what = strings.ReplaceAll(what, "{now:DateTime('UTC')}",
					"toDateTime("+strconv.FormatInt(r.clock().Unix(), 10)+", 'UTC')")
				if n := r.scalar(what, region); n != want {
					t.Errorf("%s: %d, want %d", what, n, want)
				}
			}
		})
	}
}

// An hour that the API refuses by itself fails alone, in every pass: neither what is older in the configured range nor
// what lies between it and the end of what the API keeps is given up with it.
func TestAnHourThatIsRefusedIsNotTooOld(t *testing.T) {
	t.Parallel()
	hour := time.Date(2026, 11, 16, 5, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		kept int // days
		args []string
	}{
		{"the first of a backfill", 0, []string{"backfill", "--from", hour.Format(time.RFC3339)}},
		{"younger than what is kept", 10, []string{"run"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			settings := unlimited()
			settings.RetentionHourly = days(c.kept)
			r := newRig(t, start, settings,
				"  start: 2026-11-01\n  regions: [MC]\n  traffic_types: [total]\n  gateway_types: [public]\n"+
					"  granularities: [hourly]\n")
			r.must("migrate")
			if err := r.sim.AddFaults(apisim.Fault{
				Code: "InvalidParameterValue", Match: apisim.Match{Contains: hour.Add(time.Minute)},
			}); err != nil {
				t.Fatal(err)
			}
			for pass, args := range [][]string{c.args, {"run"}, {"run"}} {
				if got := r.do(args...); got.code != 3 {
					t.Fatalf("%v: want exit 3: %s", args, got)
				}
				if n := r.scalar("SELECT failed_buckets FROM flow_coverage"); n != 1 {
					t.Errorf("pass %d: %d hours failed, want the one that is refused", pass+1, n)
				}
				var late time.Time // the first hour that begins within what is kept
				if c.kept > 0 {
					late = r.clock().AddDate(0, 0, -c.kept).Truncate(time.Hour).Add(time.Hour)
				}
				const after = "SELECT countIf(toUnixTimestamp(window_end) > ?) FROM extractions WHERE state = 'unavailable'"
				if n := r.scalar(after, max(0, late.Unix())); n != 0 {
					t.Errorf("pass %d: hours that the API keeps are given up as too old", pass+1)
				}
				r.advance(31 * time.Minute)
			}
		})
	}
}

func TestDaysInAnotherZoneAreRefusedAndTheZoneIsNamed(t *testing.T) {
	t.Parallel()
	settings := unlimited()
	settings.DayOffset = 0
	r := newRig(t, start, settings, few)
	r.must("migrate")
	got := r.do("run")
	if got.code != 3 {
		t.Fatalf("want exit 3: %s", got)
	}
	mention(t, got.stderr, "is not midnight in Asia/Shanghai; all points would be in UTC: set the account's time_zone",
		"request id")
	if n := r.scalar("SELECT count() FROM flow_daily"); n != 0 {
		t.Errorf("%d days were stored", n)
	}
	r.edit("requests_per_second: 20", "requests_per_second: 20, time_zone: UTC")
	r.must("run")
	if n := r.scalar("SELECT count() FROM flow_daily"); n == 0 {
		t.Error("no day was stored in the right zone")
	}
}
