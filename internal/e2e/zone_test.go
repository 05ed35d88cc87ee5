package e2e

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/cli"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// zoned is an installation whose account moves from zone to zone. Nothing in it changes but the zone.
type zoned struct {
	*rig
	zone  *time.Location
	first string    // date
	hours time.Time // begin of the oldest that was ever asked for
	begun time.Time
}

// newZoned has loaded twenty days in a zone: old ones that are final, and new ones that are not. The views go by the
// server's clock, so this one's does too.
func newZoned(t *testing.T, zone string) *zoned {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Hour).Add(-30 * time.Minute) // nothing settles while the test runs
	settings := unlimited()
	settings.Growth = 0
	z := &zoned{first: now.AddDate(0, 0, -20).Format(time.DateOnly), begun: now}
	z.rig = newRig(t, now, settings,
		"  start: "+z.first+"\n  regions: [ALL, MC]\n  traffic_types: [total]\n  gateway_types: [public]\n")
	z.edit("requests_per_second: 20", "requests_per_second: 20, time_zone: UTC")
	z.zone = time.UTC
	z.must("migrate")
	z.move(zone)
	z.must("run")
	return z
}

// move changes the account's zone, and the vendor's with it.
func (z *zoned) move(name string) {
	z.t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		z.t.Fatal(err)
	}
	z.advance(time.Second)
	z.edit("time_zone: "+z.zone.String(), "time_zone: "+name)
	z.zone = zone
	settings := z.sim.Settings()
	_, offset := z.clock().In(zone).Zone()
	settings.DayOffset = apisim.Duration(offset) * apisim.Duration(time.Second)
	if err := z.sim.Configure(settings); err != nil {
		z.t.Fatal(err)
	}
	if begin := z.window(flow.Hourly).Begin; z.hours.IsZero() || begin.Before(z.hours) {
		z.hours = begin
	}
}

// window is what should be loaded in the zone.
func (z *zoned) window(g flow.Granularity) flow.Window {
	first, err := time.Parse(time.DateOnly, z.first)
	if err != nil {
		z.t.Fatal(err)
	}
	c := flow.NewCalendar(g, z.zone)
	return flow.Window{Begin: c.Floor(c.DateStart(first)), End: c.SettledBefore(z.clock(), z.settleAt[string(g)])}
}

// due is how many days plan says are due of each of the two series.
func (z *zoned) due() int {
	z.t.Helper()
	var plan []cli.Planned
	if err := json.Unmarshal([]byte(z.must("plan", "--output", "json").stdout), &plan); err != nil {
		z.t.Fatal(err)
	}
	for _, p := range plan {
		if p.Granularity == flow.Daily {
			return p.Rows / 2
		}
	}
	return 0
}

// whole holds all that the views say against the truth in the zone.
func (z *zoned) whole(step string) {
	z.t.Helper()
	var queries []apisim.Query
	for _, region := range []string{"ALL", "MC"} {
		for _, g := range flow.Granularities() {
			q := apisim.Query{
				Granularity: string(g), Region: region, Traffic: "total", Gateway: "public", Begin: z.window(g).Begin,
				End: z.window(g).End,
			}
			if g == flow.Hourly {
				q.Begin = z.hours // those from before the start in this zone were within it in another
			}
			queries = append(queries, q)
		}
	}
	if c := z.compareIn(z.zone, queries, z.begun); !c.clean() || c.rows == 0 {
		z.t.Errorf("%s: the views against the truth: %s", step, c)
	}
	for _, view := range []string{"usage_hourly", "flow_hourly"} {
		if n := z.scalar("SELECT countIf(day != toDate(hour, '" + z.zone.String() + "')) FROM " + view); n != 0 {
			z.t.Errorf("%s: %s has %d hours under a wrong date", step, view, n)
		}
	}
	if n := z.scalar("SELECT countIf(is_final) FROM usage_hourly"); n < 24*12 {
		z.t.Errorf("%s: %d hours are final, want most: the test is about these too", step, n)
	}
	if n := z.scalar("SELECT count() FROM flow_revisions"); n != 0 {
		z.t.Errorf("%s: %d revisions, want none: nothing has changed", step, n)
	}
	for _, g := range flow.Granularities() {
		want := uint64(2 * flow.NewCalendar(g, z.zone).Count(z.window(g)))
		if n := z.scalar("SELECT sum(covered_buckets) FROM flow_coverage WHERE granularity = ?", string(g)); n != want {
			z.t.Errorf("%s: %d %s buckets are covered, want %d", step, n, g, want)
		}
		const gaps = "SELECT count() FROM flow_gaps WHERE granularity = ? AND gap_begin < ?"
		if n := z.scalar(gaps, string(g), z.window(g).End); n != 0 {
			z.t.Errorf("%s: %d %s gaps", step, n, g)
		}
	}
	if n := z.sent("run"); n != 0 {
		z.t.Errorf("%s: another run sent %d requests, want none: all is there", step, n)
	}
}

// Days asked for in the old zone cover nothing: the next run loads them anew, and hours get their new dates. What the
// account's own ledger covers is not asked for again on the way back.
func TestZoneIsChanged(t *testing.T) {
	t.Parallel()
	for _, zones := range [][]string{
		{"Asia/Shanghai", "Asia/Tokyo", "Asia/Shanghai"},
		{"Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Kolkata"}, // off the full hour
		{"Asia/Shanghai", "Asia/Singapore", "Asia/Shanghai"},                // the same days
	} {
		t.Run(fmt.Sprint(zones), func(t *testing.T) {
			t.Parallel()
			z := newZoned(t, zones[0])
			z.whole("at first")
			seen := map[string]bool{zones[0]: true}
			for i, zone := range zones[1:] {
				step := fmt.Sprintf("%d. %s", i+1, zone)
				z.move(zone)
				want := flow.NewCalendar(flow.Daily, z.zone).Count(z.window(flow.Daily))
				if seen[zone] {
					want = 0
				}
				if n := z.due(); n != want {
					t.Errorf("%s: plan says that %d days are due, want %d", step, n, want)
				}
				seen[zone] = true
				z.must("run")
				z.whole(step)
			}
		})
	}
}

// While the API answers nothing, no day of the old zone is shown, and hours lie on the dates of the new one.
func TestZoneIsChangedWhileTheAPIIsAway(t *testing.T) {
	t.Parallel()
	z := newZoned(t, "Asia/Shanghai")
	z.move("Asia/Tokyo")
	if err := z.sim.AddFaults(apisim.Fault{Kind: "html502"}); err != nil {
		t.Fatal(err)
	}
	z.edit("extract:\n", "extract:\n  max_attempts: 1\n")
	got := z.do("run")
	if got.code != 3 {
		t.Errorf("want exit 3: %s", got)
	}
	mention(t, got.stderr, "the time zone has changed", "from=Asia/Shanghai", "to=Asia/Tokyo")
	if n := z.scalar("SELECT count() FROM flow_daily") + z.scalar("SELECT count() FROM usage_daily"); n != 0 {
		t.Errorf("%d days of the old zone are shown", n)
	}
	if n := z.scalar("SELECT countIf(day != toDate(hour, 'Asia/Tokyo')) FROM usage_hourly"); n != 0 {
		t.Errorf("%d hours under a date of the old zone", n)
	}
	if n := z.scalar("SELECT sum(covered_buckets) FROM flow_coverage WHERE granularity = 'daily'"); n != 0 {
		t.Errorf("%d days are covered by answers of the old zone", n)
	}
	z.sim.ClearFaults()
	z.must("run")
	if n := z.scalar("SELECT count() FROM usage_daily"); n == 0 {
		t.Error("no day was loaded when the API was back")
	}
}
