package probe

import (
	"context"
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// days learns the zone that days start in before anything else is asked of them: from as long a window as a load would ask for, since over a
// year a zone with summer time differs from one without; else from a week, or a day.
func (p *prober) days(ctx context.Context) error {
	g := p.grid(flow.Daily, 7)
	configured := min(len(g.starts), int(p.set.MaxWindow[flow.Daily]/day), int(longest/day))
	var r, tooLong reply
	var err error
	for _, g.span = range []int{configured, 7, 1} {
		if r, err = p.window(ctx, g.series, g.newest(g.span)); err != nil || !r.refused() {
			break
		}
		tooLong = r
	}
	switch {
	case err != nil:
		return err
	case r.refused():
		return errRefused("even the newest day alone is refused", r)
	}
	if _, off := flow.OffMidnight(g.calendar, r.Points); off {
		if zone, ok := flow.MidnightZone(r.Points); ok {
			p.zone = zone
		}
	}
	known := g.span
	if p.zone != p.set.Zone && known > 1 {
		known-- // days of another zone may begin up to one earlier
	}
	p.daily = p.grid(flow.Daily, min(7, known))
	p.daily.span, p.daily.widest = known, r
	if p.zone == p.set.Zone && g.span == 7 {
		p.daily.tooLong, p.daily.refused = configured, tooLong
	}
	return nil
}

// midnights names the zone in which every daily point seen in the end is a midnight.
func (p *prober) midnights() {
	var points []flow.Point
	var by reply
	for _, r := range p.replies {
		if r.question.Series.Granularity == flow.Daily && len(r.Points) > 0 {
			points = append(points, r.Points...)
			if len(r.Points) > len(by.Points) {
				by = r
			}
		}
	}
	if len(points) == 0 {
		return // open, or the reason is known
	}
	_, off := flow.OffMidnight(flow.NewCalendar(flow.Daily, p.set.Zone), points)
	zone, fits := flow.MidnightZone(points)
	switch {
	case !off:
		p.find(dailyPoints, Found, fmt.Sprintf("days start at midnight in %s (%s)", p.set.Zone, offset(p.set.Zone, by)), by)
	case fits:
		p.zone, p.follows.Zone = zone, zone
		p.find(dailyPoints, Found, fmt.Sprintf("days start at midnight in %s (%s), not in %s", zone, offset(zone, by), p.set.Zone), by)
		p.follow(dailyPoints, keyZone, zone.String(), "daily points start at midnight there")
	default:
		p.find(dailyPoints, Wrong, fmt.Sprintf("daily points such as %s are midnight in no zone: daily statistics cannot be loaded",
			by.Points[0].Time.Format(time.RFC3339)), by)
	}
}

// offset is a zone's offset from UTC at the newest point of an answer.
func offset(zone *time.Location, r reply) string {
	return "UTC" + r.Points[len(r.Points)-1].Time.In(zone).Format("-07:00")
}
