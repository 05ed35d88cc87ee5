package probe

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// settled is the age from which on days are compared with their parts. Values of younger days may change between two
// requests.
const settled = 4 * day

// sums requests a week of days and its parts (directions, regions, hours), and compares their sums with the whole.
func (p *prober) sums(ctx context.Context) error {
	g := &p.daily
	if g.starts == nil {
		return errUnknown
	}
	w, found := p.week()
	if !found {
		for _, name := range []string{directions, regions, hoursOfDay} {
			p.find(name, Open, "there is no day with traffic to compare")
		}
		return nil
	}
	whole, err := p.window(ctx, g.series, w)
	if err != nil {
		return err
	}
	var up, down, mc, ap, eu, am = g.series, g.series, g.series, g.series, g.series, g.series
	up.Traffic, down.Traffic = flow.Uplink, flow.Downlink
	mc.Region, ap.Region, eu.Region, am.Region = flow.MainlandChina, flow.AsiaPacific, flow.Europe, flow.America
	if err := p.compare(ctx, directions, "uplink + downlink = total", w, whole, up, down); err != nil {
		return err
	}
	if err := p.compare(ctx, regions, "MC + AP + EU + AM = ALL", w, whole, mc, ap, eu, am); err != nil {
		return err
	}
	return p.hoursOf(ctx, w, whole)
}

// week returns up to seven days that end with the newest settled day with traffic; if there is none, with the newest
// day with traffic.
func (p *prober) week() (flow.Window, bool) {
	g := &p.daily
	points := p.points(g.series, g.calendar)
	for _, age := range []time.Duration{settled, 0} {
		for i, start := range slices.Backward(g.starts) {
			w := g.between(i, i+1)
			if points[start] > 0 && p.now.Sub(w.End) >= age {
				n := min(7, max(1, g.span), i+1)
				if g.horizon > 0 {
					n = max(1, min(n, i+1-(len(g.starts)-g.horizon)))
				}
				return g.between(i+1-n, i+1), true
			}
		}
	}
	return flow.Window{}, false
}

// compare requests the parts of a sum and compares them with the whole, day by day.
func (p *prober) compare(
	ctx context.Context, name, identity string, w flow.Window, whole reply, parts ...flow.Series,
) error {
	by := []reply{whole}
	sums := map[time.Time]uint64{}
	for _, s := range parts {
		r, err := p.window(ctx, s, w)
		if err != nil {
			return err
		}
		if by = append(by, r); r.refused() {
			p.find(name, Open, fmt.Sprintf("%s of %s is refused: %s", s.Traffic, s.Region, reason(r.refusal)), r)
			return nil
		}
		for b, bytes := range p.inside(r) {
			sums[b] += bytes
		}
	}
	p.agree(name, identity, w, sums, whole, len(parts), by)
	return nil
}

// hoursOf compares the hours of each day with the day. It requests no hours that it already has.
func (p *prober) hoursOf(ctx context.Context, w flow.Window, whole reply) error {
	if p.hours.starts == nil {
		return errUnknown
	}
	if p.daily.calendar.Floor(w.Begin).Truncate(time.Hour) != w.Begin {
		p.find(hoursOfDay, Open, "days do not start on the hour, so that no hours make one", whole)
		return nil
	}
	r := p.hours.widest
	if r.window.Intersect(w) != w {
		if n := p.hours.calendar.Count(w); n > p.hours.span {
			w.Begin = lastDay(p.daily.calendar, w)
		}
		var err error
		if r, err = p.window(ctx, p.hours.series, w); err != nil {
			return err
		}
		if r.refused() {
			p.find(hoursOfDay, Open, "the hours of a day are refused: "+reason(r.refusal), r)
			return nil
		}
	}
	sums := map[time.Time]uint64{}
	for b, bytes := range p.inside(r) {
		if w.Contains(b) {
			sums[p.daily.calendar.Floor(b)] += bytes
		}
	}
	p.agree(hoursOfDay, "the hours of a day = the day", w, sums, whole, 24, []reply{whole, r})
	return nil
}

// agree compares the sum and the whole of each day of a window. It allows half a byte of rounding for each part.
func (p *prober) agree(
	name, identity string, w flow.Window, sums map[time.Time]uint64, whole reply, parts int, by []reply,
) {
	days, differ, example := 0, 0, ""
	values := p.inside(whole)
	for b := range p.daily.calendar.Buckets(w) {
		sum, value := float64(sums[b]), float64(values[b])
		days++
		if math.Abs(sum-value) > max(float64(parts+1)/2, 1e-9*value) {
			differ++
			example = fmt.Sprintf("%s: %.0f against %.0f bytes",
				p.daily.calendar.Day(b).Format(time.DateOnly), sum, value)
		}
	}
	if differ > 0 {
		p.find(name, Warning, fmt.Sprintf("%s does not hold on %d of %s; %s", identity, differ,
			plural(days, "day"), example), by...)
		return
	}
	p.find(name, Found, fmt.Sprintf("%s, on %s to %s", identity, each(days),
		p.daily.calendar.Day(w.End.Add(-1)).Format(time.DateOnly)), by...)
}

// inside returns the values of an answer by bucket, without those outside its window.
func (p *prober) inside(r reply) map[time.Time]uint64 {
	out := map[time.Time]uint64{}
	for _, point := range r.Points {
		if b := p.calendar(r).Floor(point.Time); r.window.Contains(b) {
			out[b] = point.Bytes
		}
	}
	return out
}

func each(days int) string {
	if days == 1 {
		return "the day"
	}
	return fmt.Sprintf("each of the %d days", days)
}

// lastDay is the start of the last day of a window.
func lastDay(c flow.Calendar, w flow.Window) time.Time { return c.Floor(w.End.Add(-1)) }
