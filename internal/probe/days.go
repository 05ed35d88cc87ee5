package probe

import (
	"context"
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// days finds the zone in which days start, before any other request for days. It requests the longest window that a
// load would, because only over a year does a zone with summer time differ from one without. If that is refused, a
// week or a day has to do.
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
		known-- // the days of another zone may start one day earlier
	}
	p.daily = p.grid(flow.Daily, min(7, known))
	p.daily.span, p.daily.widest = known, r
	if p.zone == p.set.Zone && g.span == 7 {
		p.daily.tooLong, p.daily.refused = configured, tooLong
	}
	return nil
}

// midnights finds the zone in which all daily points of all answers are at midnight.
func (p *prober) midnights() {
	var points []flow.Point
	var by reply
	for _, r := range p.replies {
		if r.request.Series.Granularity == flow.Daily && len(r.Points) > 0 {
			points = append(points, r.Points...)
			if len(r.Points) > len(by.Points) {
				by = r
			}
		}
	}
	if len(points) == 0 {
		return // leave the finding open, or as it is
	}
	_, off := flow.OffMidnight(flow.NewCalendar(flow.Daily, p.set.Zone), points)
	zone, fits := flow.MidnightZone(points)
	switch {
	case !off:
		p.find(dailyPoints, Found, fmt.Sprintf("days start at midnight in %s (%s)", p.set.Zone,
			offset(p.set.Zone, by)), by)
	case fits:
		p.zone, p.follows.Zone = zone, zone
		p.find(dailyPoints, Found, fmt.Sprintf("days start at midnight in %s (%s), not in %s", zone,
			offset(zone, by), p.set.Zone), by)
		p.follow(dailyPoints, keyZone, zone.String(), "daily points start at midnight there")
	default:
		p.find(dailyPoints, Wrong, fmt.Sprintf("daily points such as %s are midnight in no zone: daily statistics "+
			"cannot be loaded",
			by.Points[0].Time.Format(time.RFC3339)), by)
	}
}

// offset prints a zone's offset from UTC at the newest point of an answer: UTC+08:00.
func offset(zone *time.Location, r reply) string {
	return "UTC" + r.Points[len(r.Points)-1].Time.In(zone).Format("-07:00")
}
