package probe

import (
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Lengths of time to try.
const (
	day      = 24 * time.Hour
	farthest = 730 * day // how far back to look for data, unless the configured start is older
	longest  = 366 * day // the longest span to try: a request covers a year then
)

// likelyDays are usual limits of APIs, in days. The vendor's sibling APIs allow 7 days a request and 30 days back;
// others allow months, quarters or years.
var likelyDays = []int{1, 7, 14, 30, 31, 60, 90, 93, 180, 186, 365, 366}

// grid holds the settled buckets of one granularity, oldest first, and what the searches found out about them.
// Numbers of buckets count from the newest.
type grid struct {
	series   flow.Series
	calendar flow.Calendar
	starts   []time.Time
	end      time.Time // end of the newest bucket
	small    int       // a number of buckets that surely is not too long for one request

	horizon int   // the API keeps this many buckets; 0: it keeps all that were requested
	span    int   // the most buckets that were answered in one request
	widest  reply // the answer for them
	tooLong int   // a number of buckets that was refused; 0: none
	refused reply // that refusal
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

// newest returns the window of the newest n buckets.
func (g *grid) newest(n int) flow.Window { return flow.Window{Begin: g.at(n), End: g.end} }

// at returns the start of the n-th newest bucket; at(1) is the newest.
func (g *grid) at(n int) time.Time { return g.starts[len(g.starts)-n] }

// since counts the buckets that start at t or later.
func (g *grid) since(t time.Time) int {
	i, _ := slices.BinarySearchFunc(g.starts, t, time.Time.Compare)
	return len(g.starts) - i
}

// back returns how many buckets start within a length of time before now.
func (p *prober) back(g *grid, d time.Duration) int { return g.since(p.now.Add(-d)) }

// between returns the window of the buckets with index i up to, but not including, j.
func (g *grid) between(i, j int) flow.Window {
	w := flow.Window{Begin: g.starts[i], End: g.end}
	if j < len(g.starts) {
		w.End = g.starts[j]
	}
	return w
}
