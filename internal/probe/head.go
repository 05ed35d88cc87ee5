package probe

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// first returns the oldest bucket of an answer, points outside its window left out.
func (g *grid) first(r reply) (oldest time.Time, found bool) {
	for _, point := range r.Points {
		if b := g.calendar.Floor(point.Time); r.window.Contains(b) && (!found || b.Before(oldest)) {
			oldest, found = b, true
		}
	}
	return oldest, found
}

// quiet is how many empty buckets in a row mean that there are no data, and not just no users.
func (g *grid) quiet() int {
	if g.series.Granularity == flow.Daily {
		return 3
	}
	return 48
}

// straddle returns the index at which the next request starts: just before a guess or a likely age, so that one
// answer shows both sides of it, else in the middle of (empty, data).
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

// head finds the first bucket with data of an API that answers with no points, instead of an error, for what is too
// old. It is called if the oldest buckets have no points.
//
// This needs an account with traffic, and it cannot tell data that are not kept from times without traffic: the
// finding says so.
func (p *prober) head(ctx context.Context, g *grid, s search, oldest reply) error {
	// Two indexes: no data are expected before empty, and there are data at data, or it is the end of the grid.
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
	} else if _, found := g.first(p.recent); found && g.series == p.recent.request.Series {
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
		p.find(s.finding, Open, fmt.Sprintf("nothing before %s, something from %s on; nothing between them was tried",
			moment(g.starts[empty]), moment(g.starts[data])), seen)
	default:
		g.horizon = len(g.starts) - data
		p.find(s.finding, Found, fmt.Sprintf("nothing before %s (%s), and no refusal: older data are not kept, or "+
			"there was no traffic",
			moment(g.starts[data]), p.ago(g.starts[data])), oldest, seen)
	}
	return nil
}
