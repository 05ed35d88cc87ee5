package probe

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// edges sends requests off bucket boundaries on purpose: one whose EndTime is the start of a bucket, one whose
// BeginTime is inside a bucket.
func (p *prober) edges(ctx context.Context) error {
	var ends, begins []edge
	for _, g := range []*grid{&p.hours, &p.daily} {
		i := p.busy(g)
		if i < 0 {
			continue
		}
		before, here, next := g.starts[i-1], g.starts[i], g.starts[i+1]
		r, err := p.ask(ctx, flow.Request{Series: g.series, Begin: here, End: next}, flow.Window{})
		if err != nil {
			return err
		}
		text := "exclusive: a bucket that starts at EndTime does not come"
		if g.has(r, next) {
			text = "inclusive: a bucket that starts at EndTime comes too; a load drops it"
		}
		ends = append(ends, edge{g, r, text})

		half := here.Add(g.length() / 2)
		r, err = p.ask(ctx, flow.Request{Series: g.series, Begin: half,
			End: g.calendar.Next(next).Add(-time.Second)}, flow.Window{})
		if err != nil {
			return err
		}
		text = "a bucket that starts before BeginTime does not come"
		switch {
		case g.has(r, before):
			text = "the bucket of BeginTime comes, and the one before it too; a load drops what it did not ask for"
		case g.has(r, here):
			text = "the bucket of BeginTime comes, though it starts before"
		}
		begins = append(begins, edge{g, r, text})
	}
	p.edge(endTime, ends)
	p.edge(beginTime, begins)
	return nil
}

// edge is the outcome of a request off bucket boundaries.
type edge struct {
	grid *grid
	reply
	text string
}

// edge records a finding from the outcomes at both granularities, as one text if they agree.
func (p *prober) edge(name string, edges []edge) {
	var texts []string
	var by []reply
	for _, e := range edges {
		by = append(by, e.reply)
		if e.refused() {
			e.text = "refused: " + reason(e.refusal)
		}
		texts = append(texts, e.text)
	}
	switch {
	case len(edges) == 0:
		p.find(name, Open, "no neighbouring buckets with traffic were seen")
	case len(edges) == 2 && texts[0] == texts[1]:
		p.find(name, Found, texts[0], by...)
	default:
		for i, e := range edges {
			texts[i] = unit(e.grid.series.Granularity) + "s: " + texts[i]
		}
		p.find(name, Found, strings.Join(texts, "; "), by...)
	}
}

// busy returns the index of the newest bucket that has traffic and whose neighbours have traffic too, or -1.
func (p *prober) busy(g *grid) int {
	points := p.points(g.series, g.calendar)
	for i := len(g.starts) - 2; i > 0; i-- {
		if points[g.starts[i-1]] > 0 && points[g.starts[i]] > 0 && points[g.starts[i+1]] > 0 {
			return i
		}
	}
	return -1
}

// has reports whether an answer has a point in the bucket that starts at bucket.
func (g *grid) has(r reply, bucket time.Time) bool {
	return slices.ContainsFunc(r.Points, func(point flow.Point) bool {
		return g.calendar.Floor(point.Time).Equal(bucket)
	})
}
