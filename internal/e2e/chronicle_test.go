//go:build linux

package e2e

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// long is what a pass asks for in four windows: two of 5,880 hours, which fill a batch, and two of days, which fill the
// next. Nothing of it ever becomes final, so that each pass half a day later asks for all of it again. It lies in two
// years, and so in two partitions.
const long = `
  start: 2026-06-01
  regions: [MC]
  traffic_types: [total]
  max_window: {hourly: 1000d, daily: 1000d}
  finality: 1000d
`

var (
	longStart = time.Date(2026, 5, 31, 16, 0, 0, 0, time.UTC) // midnight in Asia/Shanghai
	longNow   = time.Date(2027, 2, 1, 9, 50, 0, 0, time.UTC)
)

var (
	backfillLong = []string{"backfill", "--from", "2026-06-01"}
	forceLong    = append(slices.Clone(backfillLong), "--force")
)

// chronicle is an installation to which much happens, with what the simulator's truth says that its views should show
// by now.
type chronicle struct {
	*rig
	begin           time.Time
	regions         []string
	series          apisim.Query  // narrows what is loaded, where its words are not empty
	skew            time.Duration // by which the program's clock runs ahead of the simulator's
	seen            map[cell]uint64
	end             map[[2]string]time.Time // of what has been loaded, by granularity and region
	wanted          []string                // revisions
	rows, revisions int                     // as check found them
	looked          bool                    // check has looked for gaps
}

// newLong is an installation of long.
func newLong(t *testing.T) *chronicle {
	t.Helper()
	c := &chronicle{rig: newRig(t, longNow, unlimited(), long), begin: longStart, regions: []string{"MC"}}
	c.must("migrate")
	return c
}

func (c *chronicle) queries() []apisim.Query {
	var out []apisim.Query
	for _, q := range c.settledBy(c.clock().Add(c.skew), c.begin, c.regions, []string{"total"}) {
		if c.series.Granularity == "" || c.series.Granularity == q.Granularity {
			q.Gateway, q.AsOf = c.series.Gateway, c.clock()
			out = append(out, q)
		}
	}
	return out
}

// later moves the clock past refresh and changes what the API says: of the last three days by their growth, and
// somewhere else by hand.
func (c *chronicle) later(random *rand.Rand) {
	c.t.Helper()
	c.advance(time.Duration(13+random.IntN(24)) * time.Hour)
	hours := int(c.clock().Sub(longStart).Hours()) - 100
	for _, change := range []apisim.Restatement{
		{Factor: &apisim.Ratio{Num: 11, Den: 10}}, {Remove: true}, {Restore: true},
		{Factor: &apisim.Ratio{Num: 0, Den: 1}, Direction: "uplink"},
	} {
		change.Begin = longStart.Add(time.Duration(random.IntN(hours)) * time.Hour)
		change.End, change.At = change.Begin.Add(time.Hour), c.clock()
		if change.Restore { // of all that was changed before, somewhere in a week
			change.End = change.Begin.Add(168 * time.Hour)
		}
		if err := c.sim.Restate(change); err != nil {
			c.t.Fatal(err)
		}
	}
}

// observe notes what a pass at this moment sees of the truth, and which revisions it should leave.
func (c *chronicle) observe() {
	c.t.Helper()
	now, end := map[cell]uint64{}, map[[2]string]time.Time{}
	maps.Copy(end, c.end)
	for _, q := range c.queries() {
		if before := c.end[[2]string{q.Granularity, q.Region}]; q.End.Before(before) { // the program's clock has jumped back
			q.End = before
		}
		end[[2]string{q.Granularity, q.Region}] = q.End
		for row := range c.sim.Truth(q) {
			now[cell{"main", row.Granularity, row.Region, row.Gateway, row.Traffic, row.Begin.Unix()}] = row.Bytes
		}
	}
	for k, v := range c.seen {
		if !slices.Contains(c.regions, k.region) {
			now[k] = v // it is not asked for any more
		}
	}
	text := func(of map[cell]uint64, k cell) string {
		if v, ok := of[k]; ok {
			return strconv.FormatUint(v, 10)
		}
		return "absent"
	}
	both := maps.Clone(now)
	maps.Copy(both, c.seen)
	for k := range both {
		before, after := text(c.seen, k), text(now, k)
		if before != after && time.Unix(k.bucket, 0).Before(c.end[[2]string{k.granularity, k.region}]) {
			c.wanted = append(c.wanted, fmt.Sprint(k, before, " → ", after, " at ", c.clock().Add(c.skew).Unix()))
		}
	}
	c.seen, c.end = now, end
}

// check compares all that completed passes leave with the truth: every row once, every revision once, and a ledger that
// leaves nothing to be asked for. It returns the number of mismatches.
func (c *chronicle) check(name string) int {
	c.t.Helper()
	wrong := 0
	fault := func(format string, args ...any) {
		c.t.Helper()
		wrong++
		c.t.Errorf("%s: "+format, append([]any{name}, args...)...)
	}
	var views comparison
	held := c.held(&views, shanghai)
	for k, bytes := range c.seen {
		switch v := held[k]; {
		case v == nil:
			views.missing++
		case v.bytes != bytes:
			views.wrong++
			views.first = fmt.Sprintf("(wrong: %v is %d, truth %d)", k, v.bytes, bytes)
		}
	}
	views.extra = max(0, len(held)-len(c.seen)+views.missing)
	if c.rows = views.rows; !views.clean() || views.rows == 0 {
		fault("the views against the truth: %s", views)
	}
	got := c.revised()
	c.revisions = len(got)
	slices.Sort(c.wanted)
	if diff := cmp.Diff(c.wanted, got); diff != "" {
		fault("%d revisions, want %d (-truth +views):\n%s", len(got), len(c.wanted), diff[:min(len(diff), 2000)])
	}
	loaded := slices.MinFunc(slices.Collect(maps.Values(c.end)), time.Time.Compare)
	// The view of gaps takes longer than a pass. The run below asks for a bucket that was left out; one that failed may
	// have to wait, and only the view shows it.
	if fullWidth() || !c.looked || c.scalar("SELECT count() FROM ledger WHERE state != 'accepted'") > 0 {
		c.looked = true
		if n := c.scalar("SELECT count() FROM flow_gaps WHERE gap_begin < ?", loaded.AddDate(0, 0, -1)); n != 0 {
			fault("%d gaps", n)
		}
	}
	c.sim.ResetStats()
	if got := c.start("", "run")(); got.code != 0 {
		fault("the next run: %s", got)
	}
	if n := c.sim.Stats().Received; n != 0 {
		fault("the ledger lacks what %d requests brought", n)
	}
	return wrong
}

// revised reads flow_revisions in order, written as observe writes them.
func (c *chronicle) revised() []string {
	c.t.Helper()
	var got []string
	rows, err := c.conn.Query(c.t.Context(), `
		SELECT granularity, access_region, gateway_type, traffic_type, toInt64(toUnixTimestamp(bucket)),
			ifNull(toString(old_bytes), 'absent'), ifNull(toString(new_bytes), 'absent'),
			toInt64(toUnixTimestamp(observed_at))
		FROM flow_revisions`)
	if err != nil {
		c.t.Fatal(err)
	}
	for rows.Next() {
		k := cell{account: "main"}
		var before, after string
		var at int64
		if err := rows.Scan(&k.granularity, &k.region, &k.gateway, &k.traffic, &k.bucket, &before, &after, &at); err != nil {
			c.t.Fatal(err)
		}
		got = append(got, fmt.Sprint(k, before, " → ", after, " at ", at))
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	slices.Sort(got)
	return got
}
