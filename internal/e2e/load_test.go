package e2e

import (
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// start is where the tests' clock stands unless they say otherwise: within an hour, a day and a year.
var start = time.Date(2026, 11, 18, 9, 50, 0, 0, time.UTC)

// unlimited is the simulator at its defaults without its rate limit, which the program's own pace keeps anyway.
func unlimited() apisim.Settings {
	s := apisim.DefaultSettings()
	s.Rate = 0
	return s
}

// few extracts six series, so that tests are quick at the pace of 20 a second.
const few = `
  start: 2026-11-01
  regions: [ALL, MC]
  traffic_types: [total]
  gateway_types: [public, private]
`

// one is a single series, of which nothing changes but what a test changes.
const one = `
  start: 2026-11-10
  regions: [MC]
  traffic_types: [total]
  gateway_types: [public]
  granularities: [hourly]
`

// first is the first instant that few loads: midnight in Asia/Shanghai.
var first = time.Date(2026, 10, 31, 16, 0, 0, 0, time.UTC)

// check compares the warehouse with the truth of what few loads.
func (r *rig) check(moments ...time.Time) {
	r.t.Helper()
	if c := r.compare(r.settled(first, []string{"ALL", "MC"}, []string{"total"}), moments...); !c.clean() || c.rows == 0 {
		r.t.Errorf("the views against the truth: %s", c)
	}
}

func TestLoadAsksOnlyForWhatIsDue(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	for _, step := range []struct {
		name    string
		later   time.Duration
		command []string
		want    int
	}{
		{"a backfill asks one window of each series and granularity", 0, []string{"backfill", "--from", "2026-11-01"}, 8},
		{"a run right after it asks nothing", 0, []string{"run"}, 0},
		{"before refresh has passed it asks only for the hour that has settled", 25 * time.Minute, []string{"run"}, 4},
		{"after it, for the hours that are not final", 30 * time.Minute, []string{"run"}, 4},
		{"and nothing again", 0, []string{"run"}, 0},
		{"after half a day, for the days that are not final too", 12 * time.Hour, []string{"run"}, 8},
		{"a backfill of final days asks nothing", 0, []string{"backfill", "--from", "2026-11-01", "--to", "2026-11-10"}, 0},
		{"unless it is forced", 0, []string{"backfill", "--from", "2026-11-01", "--to", "2026-11-10", "--force"}, 8},
		{"selectors narrow it", 0,
			[]string{"backfill", "--from", "2026-11-01", "--force", "--region", "MC", "--granularity", "daily"}, 2},
	} {
		r.advance(step.later)
		if n := r.sent(step.command...); n != step.want {
			t.Errorf("%s: %d requests, want %d", step.name, n, step.want)
		}
	}
}

func TestViewsEqualTheTruth(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	r.must("run")
	r.check(start)
	moments := []time.Time{start}
	for range 3 { // the last days grow, so this restates them
		r.advance(25 * time.Hour)
		moments = append(moments, r.clock())
		r.must("run")
		r.check(moments...)
	}
	if n := r.scalar("SELECT count() FROM flow_revisions"); n == 0 {
		t.Error("three days of growth left no revision")
	}
}
