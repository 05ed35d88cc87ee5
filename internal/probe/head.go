package probe

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// first is the oldest bucket of an answer that lies in its window.
func (g *grid) first(r reply) (oldest time.Time, found bool) {
	for _, point := range r.Points {
		if b := g.calendar.Floor(point.Time); r.window.Contains(b) && (!found || b.Before(oldest)) {
			oldest, found = b, true
		}
	}
	return oldest, found
}

// quiet is so many empty buckets that no rest of the users explains them.
func (g *grid) quiet() int {
	if g.series.Granularity == flow.Daily {
		return 3
	}
	return 48
}

// straddle is where to look next between two buckets: around a guess or a likely age, so that one answer can show both sides of it, else in
// the middle.
func (p *prober) straddle(g *grid, s search, empty, data int) int {
	outside := func(i int) bool { return i <= empty || i >= data }
	around := func(n int) int { return len(g.starts) - n - g.quiet() }
	for _, n := range s.guesses {
		if i := around(n); !outside(i) {
			return i
		}
	}
	var likely []int
	for _, days := range likelyDays {
		likely = append(likely, around(p.back(g, time.Duration(days)*day)))
	}
	if likely = slices.DeleteFunc(likely, outside); len(likely) > 0 {
		return likely[len(likely)/2]
	}
	return empty + max(0, data-empty-max(1, g.span))/2
}

// head finds where data begin that are answered with [] before, given that the oldest buckets are. Unlike a refusal, this takes an account
// with traffic to be seen; and an account that had none before looks the same.
func (p *prober) head(ctx context.Context, g *grid, s search, oldest reply) error {
	// Nothing is expected before the bucket empty, data begin at the latest at data; both count from the oldest.
	empty, data, seen := g.small, len(g.starts), oldest
	look := func(r reply) {
		from := len(g.starts) - g.since(r.window.Begin)
		first, found := g.first(r)
		i := len(g.starts) - g.since(first)
		switch {
		case !found:
			empty, seen = from+g.calendar.Count(r.window), r
		case i-from >= g.quiet():
			empty, data, seen = i, i, r
		default:
			data = i
		}
	}
	if len(g.widest.Points) > 0 {
		look(g.widest)
	} else if _, found := g.first(p.recent); found && g.series == p.recent.question.Series {
		look(p.recent)
	}
	for empty < data && p.spare > s.reserve {
		p.spare--
		from := p.straddle(g, s, empty, data)
		r, err := p.window(ctx, g.series, g.between(from, min(from+max(1, g.span), data)))
		if err != nil {
			return err
		}
		if r.refused() {
			break
		}
		look(r)
	}
	switch {
	case data == len(g.starts):
		p.find(s.finding, Open, "there is no traffic to see it by", oldest)
	case empty < data:
		p.find(s.finding, Open, fmt.Sprintf("nothing before %s, something from %s on; between them was not asked", moment(g.starts[empty]), moment(g.starts[data])), seen)
	default:
		g.horizon = len(g.starts) - data
		p.find(s.finding, Found, fmt.Sprintf("nothing before %s (%s), and no refusal: older data are not kept, or there was no traffic",
			moment(g.starts[data]), p.ago(g.starts[data])), oldest, seen)
	}
	return nil
}
