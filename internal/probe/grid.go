package probe

import (
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Lengths that are tried.
const (
	day      = 24 * time.Hour
	farthest = 730 * day // how far back data are looked for, unless the configured start is older
	longest  = 366 * day // no longer span is tried: one request then covers a year
)

// likelyDays are limits that APIs have: of the vendor's siblings 7 days a request and 30 days back, elsewhere months, quarters and years.
var likelyDays = []int{1, 7, 14, 30, 31, 60, 90, 93, 180, 186, 365, 366}

// grid is the settled buckets of one granularity that a search looks at, the oldest first.
type grid struct {
	series   flow.Series
	calendar flow.Calendar
	starts   []time.Time
	end      time.Time // of the newest
	small    int       // so many of the newest are answered in one request

	horizon int   // so many of the newest there are, and nothing older; 0: age is no limit, as far as was asked
	span    int   // the most that are answered in one request, as far as is known
	widest  reply // the answer for them
	tooLong int   // so many were refused, 0: none
	refused reply // the refusal of them
}

func (p *prober) grid(g flow.Granularity, small int) grid {
	c := flow.NewCalendar(g, p.zone)
	out := grid{series: p.total(g), calendar: c, end: c.SettledBefore(p.now, p.set.Settle[g]), small: small}
	oldest := c.Floor(p.now.Add(-farthest))
	if configured := c.DateStart(p.set.Start); configured.Before(oldest) {
		oldest = configured
	}
	out.starts = slices.Collect(c.Buckets(flow.Window{Begin: oldest, End: out.end}))
	return out
}

// newest is the window of the newest n buckets.
func (g *grid) newest(n int) flow.Window { return flow.Window{Begin: g.at(n), End: g.end} }

// at is the start of the n-th newest bucket.
func (g *grid) at(n int) time.Time { return g.starts[len(g.starts)-n] }

// since counts the buckets that start at t or later.
func (g *grid) since(t time.Time) int {
	i, _ := slices.BinarySearchFunc(g.starts, t, time.Time.Compare)
	return len(g.starts) - i
}

// back is how many buckets lie within a length of time before now.
func (p *prober) back(g *grid, d time.Duration) int { return g.since(p.now.Add(-d)) }

// between is the window of the buckets from index i up to j.
func (g *grid) between(i, j int) flow.Window {
	w := flow.Window{Begin: g.starts[i], End: g.end}
	if j < len(g.starts) {
		w.End = g.starts[j]
	}
	return w
}
