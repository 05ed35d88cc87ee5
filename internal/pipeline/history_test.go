package pipeline

import (
	"time"

	"pgregory.net/rapid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

var series = flow.Series{
	Account: "main", Granularity: flow.Hourly, Region: flow.Europe, Gateway: flow.Public, Traffic: flow.Uplink,
}

// zones are some in which days are not all alike: none, whole and half hours of daylight saving, changes at
// midnight, offsets of quarters, and one that skipped a day (2011-12-30).
var zones = []string{
	"Asia/Shanghai", "UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo",
	"Asia/Kathmandu", "America/Havana", "Pacific/Apia",
}

// changes are dates shortly before a change of the clock in one of the zones.
var changes = []string{"2026-03-25", "2026-10-20", "2018-10-30", "2018-02-12", "2026-04-20", "2011-12-25", "2026-01-01"}

func zone(t interface{ Fatal(...any) }, name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func at(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	panic(s)
}

// oneOf draws one of the values.
func oneOf[T any](t *rapid.T, label string, values ...T) T {
	return rapid.SampledFrom(values).Draw(t, label)
}

// history draws a grid, attempts at random windows of it and beside it, and a moment at which to plan.
func history(t *rapid.T) (Grid, []flow.LedgerSpan, time.Time) {
	c := flow.NewCalendar(rapid.SampledFrom(flow.Granularities()).Draw(t, "granularity"),
		zone(t, rapid.SampledFrom(zones).Draw(t, "zone")))
	day := at(rapid.SampledFrom(changes).Draw(t, "start"))
	origin := c.Skip(c.Floor(c.DateStart(day)), rapid.IntRange(0, 30).Draw(t, "offset"))
	size := rapid.IntRange(0, 40).Draw(t, "buckets")
	g := Grid{
		Series: series, Calendar: c, Range: flow.Window{Begin: c.Skip(origin, 6), End: c.Skip(origin, 6+size)},
		Refresh:    oneOf(t, "refresh", 0, 30*time.Minute, 12*time.Hour, 72*time.Hour),
		Finality:   oneOf(t, "finality", 0, 12*time.Hour, 36*time.Hour, 5*24*time.Hour),
		MaxBuckets: rapid.IntRange(1, 12).Draw(t, "max"),
		Force:      rapid.IntRange(0, 4).Draw(t, "force") == 0,
	}
	now := g.Range.End.Add(time.Duration(rapid.Int64Range(0, int64(10*24*time.Hour)).Draw(t, "now")))
	var known []flow.LedgerSpan
	n := rapid.IntRange(0, 14).Draw(t, "attempts")
	versions := rapid.Permutation(numbers(n)).Draw(t, "versions")
	due := []time.Duration{g.Refresh, firstBackoff, 2 * firstBackoff, 4 * firstBackoff, unavailableFor}
	almost := []time.Duration{g.Refresh, firstBackoff, unavailableFor}
	for i := range n {
		from := rapid.IntRange(0, size+10).Draw(t, "from")
		w := flow.Window{Begin: c.Skip(origin, from)}
		w.End = c.Skip(w.Begin, rapid.IntRange(1, size/2+2).Draw(t, "length"))
		k := flow.LedgerSpan{Window: w, Sent: flow.Stamp{Version: uint64(100 + versions[i])}}
		// One state for most, or nothing would ever be final and dense.
		switch rapid.IntRange(0, 5).Draw(t, "state") {
		case 0, 1:
			k.State, k.Failures = flow.Failed, rapid.IntRange(0, 4).Draw(t, "failures")
			k.Class = oneOf(t, "class", flow.Suspect, flow.Suspect, flow.Disagrees, flow.Refused, flow.Refused,
				flow.Rejected, flow.Transient)
		case 2:
			k.State, k.Class = flow.Unavailable, flow.Refused
		default:
			k.State = flow.Accepted
		}
		k.Sent.At = rapid.OneOf(
			rapid.Map(rapid.Int64Range(0, int64(12*24*time.Hour)),
				func(d int64) time.Time { return now.Add(-time.Duration(d)) }),
			// The moments at which something becomes due, is exactly due or just not.
			rapid.Map(rapid.SampledFrom(due), func(d time.Duration) time.Time { return now.Add(-d) }),
			rapid.Map(rapid.SampledFrom(almost), func(d time.Duration) time.Time { return now.Add(-d + 1) }),
			rapid.Just(dayEnd(c, w.Begin).Add(g.Finality)),
			rapid.Just(dayEnd(c, w.Begin).Add(g.Finality-1)),
		).Draw(t, "sent")
		known = append(known, k)
	}
	return g, known, now
}

func numbers(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
