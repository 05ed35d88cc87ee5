package probe

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// How many requests a search leaves for the searches after it.
const (
	afterDailyRetention  = 13
	afterDailySpan       = 8
	afterHourlyRetention = 4
)

// reachOfDays searches the days first: there are fewer of them, and their limits are good guesses for the hours.
func (p *prober) reachOfDays(ctx context.Context) error {
	return p.reach(ctx, &p.daily, search{retentionDaily, afterDailyRetention, nil},
		search{spanDaily, afterDailySpan, nil})
}

func (p *prober) reachOfHours(ctx context.Context) error {
	if p.hours.starts == nil {
		return errUnknown
	}
	retention, span := search{retentionHourly, afterHourlyRetention, nil}, search{spanHourly, 0, nil}
	if d := &p.daily; d.horizon > 0 {
		retention.guesses = []int{p.hours.since(d.at(d.horizon)), p.hours.since(d.at(min(d.horizon+1, len(d.starts))))}
		for _, days := range likelyDays {
			if p.back(d, time.Duration(days)*day) == d.horizon {
				n := p.back(&p.hours, time.Duration(days)*day)
				retention.guesses = []int{n, n + 1}
			}
		}
	}
	if n := p.daily.span * 24; n > 0 {
		span.guesses = []int{n, n + 1, n + 24}
	}
	return p.reach(ctx, &p.hours, retention, span)
}

// reach finds how far back data go and how many buckets one request may span. The API refuses what is too old and
// what is too long with the same code. So reach starts with a short window at the oldest end: if that is refused, its
// age is the reason.
func (p *prober) reach(ctx context.Context, g *grid, retention, span search) error {
	if g.starts == nil {
		return errUnknown
	}
	oldest, err := p.window(ctx, g.series, g.between(0, g.small))
	if err != nil {
		return err
	}
	if oldest.refused() {
		if err := p.horizon(ctx, g, retention, oldest); err != nil {
			return err
		}
	}
	if err := p.span(ctx, g, span); err != nil {
		return err
	}
	_, found := g.first(oldest)
	switch {
	case oldest.refused():
		return nil
	case found:
		p.find(retention.finding, Found, fmt.Sprintf("data reach back to %s at least; nothing older was requested",
			moment(g.starts[0])), oldest)
		return nil
	}
	return p.head(ctx, g, retention, oldest)
}

// horizon finds the oldest bucket that the API answers for. It is called if the oldest of the grid is refused.
func (p *prober) horizon(ctx context.Context, g *grid, s search, oldest reply) error {
	b := bracket{yes: max(g.small, g.span), no: len(g.starts), last: g.widest, first: oldest}
	var likely []int
	for _, days := range likelyDays {
		n := p.back(g, time.Duration(days)*day)
		likely = append(likely, n, n+1)
	}
	err := p.search(ctx, &b, s, likely, func(ctx context.Context, n int) (reply, error) {
		return p.window(ctx, g.series, flow.Window{Begin: g.at(n), End: g.calendar.Next(g.at(n))})
	})
	if err != nil {
		return err
	}
	g.horizon = b.yes
	from := g.at(b.yes)
	refusal := reason(b.first.refusal)
	text := fmt.Sprintf("data are kept from %s on (%s); the %s before is refused: %s", moment(from), p.ago(from),
		unit(g.series.Granularity), refusal)
	if !b.exact() {
		text = fmt.Sprintf("data from %s on are answered (%s), at %s they are refused (%s); nothing between them "+
			"was tried",
			moment(from), p.ago(from), moment(g.at(b.no)), refusal)
	}
	p.find(s.finding, Found, text, b.last, b.first)
	return nil
}

// span finds the most buckets that the API answers in one request. It searches at the newest end, where no bucket is
// too old.
func (p *prober) span(ctx context.Context, g *grid, s search) error {
	most, kept := g.since(g.end.Add(-longest)), false
	if g.horizon > 0 && g.horizon <= most {
		most, kept = g.horizon, true
	}
	if len(g.starts) < most {
		most = len(g.starts)
	}
	granularity := g.series.Granularity
	configured := min(most, int(p.set.MaxWindow[granularity]/g.length()))
	b := bracket{yes: min(max(g.small, g.span), most), no: most + 1, last: g.widest}
	if g.tooLong > b.yes && g.tooLong <= most {
		b.no, b.first = g.tooLong, g.refused
	}
	var likely []int
	for _, days := range likelyDays {
		n := days * int(day/g.length())
		likely = append(likely, n, n+1)
	}
	s.guesses = append(append([]int{configured}, s.guesses...), most)
	err := p.search(ctx, &b, s, likely, func(ctx context.Context, n int) (reply, error) {
		return p.window(ctx, g.series, g.newest(n))
	})
	if err != nil {
		return err
	}
	g.span, g.widest = b.yes, b.last
	text := fmt.Sprintf("a request for %s is answered", buckets(b.yes, granularity))
	switch {
	case b.yes == most && kept:
		text += ", which is all that is kept"
	case !b.first.refused():
		text += "; more was not tried"
	case b.exact():
		text += fmt.Sprintf(", one %s more is refused: %s", unit(granularity), reason(b.first.refusal))
	default:
		text += fmt.Sprintf(", one for %s refused (%s); nothing between them was tried", buckets(b.no, granularity),
			reason(b.first.refusal))
	}
	p.find(s.finding, Found, text, b.last, b.first)
	if b.yes < configured && b.first.refused() {
		p.follows.MaxWindow[granularity] = time.Duration(b.yes) * g.length()
		p.follow(s.finding, keyMaxWindow+string(granularity), length(p.follows.MaxWindow[granularity]),
			"the API refuses longer spans")
	}
	return nil
}

// length is the length of one bucket as max_window counts it: days have 24 hours.
func (g *grid) length() time.Duration {
	if g.series.Granularity == flow.Daily {
		return day
	}
	return time.Hour
}

// ago prints how long ago an instant is, in whole days, rounded up.
func (p *prober) ago(t time.Time) string {
	return plural(int(math.Ceil(p.now.Sub(t).Hours()/24)), "day") + " ago"
}
