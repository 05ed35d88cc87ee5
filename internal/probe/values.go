package probe

import (
	"fmt"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// values records the findings about points and totals, from all answers together.
func (p *prober) values() {
	p.midnights()
	p.offTheHour()
	checked, points, rounded := 0, 0, 0
	var disagreeing, failed []reply
	var disagreement, failure string
	var last reply
	for _, r := range p.replies {
		if r.refused() || r.window.Empty() || len(r.Points) == 0 {
			continue
		}
		c := p.calendar(r)
		if !c.Floor(r.window.Begin).Equal(r.window.Begin) {
			continue // requested before the zone was known
		}
		checked, last = checked+1, r
		points += len(r.Points)
		e, err := p.deps.Judge(c, r.window, r.Answer)
		rounded += fractional(r.Points)
		switch {
		case err != nil:
			failed, failure = append(failed, r), reason(err)
		case e.Remark != "":
			disagreeing, disagreement = append(disagreeing, r), e.Remark
		}
	}
	switch {
	case checked == 0:
		return
	case len(failed) > 0:
		p.find(totals, Warning, fmt.Sprintf("a load would refuse %d of %s: %s", len(failed),
			plural(checked, "answer"), failure), failed[len(failed)-1])
	case len(disagreeing) > 0:
		p.find(totals, Warning, fmt.Sprintf("they disagree with the points in %d of %s, as in: %s",
			len(disagreeing), plural(checked, "answer"), disagreement), disagreeing[len(disagreeing)-1])
		if !p.set.Record {
			p.follows.Record = true
			p.follow(totals, keyAnswerCheck, "record",
				"the API's own totals disagree with its points, so that every answer would be refused")
		}
	default:
		p.find(totals, Found,
			fmt.Sprintf("TotalValue and MaxValue agree with the points in all of %s", plural(checked, "answer")), last)
	}
	if rounded == 0 {
		p.find(fractions, Found, fmt.Sprintf("all of %s are whole bytes", plural(points, "value")), last)
	} else {
		p.find(fractions, Found, fmt.Sprintf("%d of %s have fractions of a byte; a load rounds them", rounded,
			plural(points, "value")), last)
	}
}

func fractional(points []flow.Point) (n int) {
	for _, point := range points {
		if point.Fractional {
			n++
		}
	}
	return n
}

// calendar returns the calendar of an answer's series, in the zone that days found.
func (p *prober) calendar(r reply) flow.Calendar {
	return flow.NewCalendar(r.request.Series.Granularity, p.zone)
}

// offTheHour records how long after the start of their hour hourly points are stamped.
func (p *prober) offTheHour() {
	var at []time.Duration
	var by reply
	for _, r := range p.replies {
		if r.request.Series.Granularity != flow.Hourly {
			continue
		}
		for _, point := range r.Points {
			if off := point.Time.Sub(point.Time.Truncate(time.Hour)); !slices.Contains(at, off) {
				at, by = append(at, off), r
			} else if by.RequestID == "" {
				by = r
			}
		}
	}
	slices.Sort(at)
	switch {
	case len(at) == 0:
	case len(at) == 1 && at[0] == 0:
		p.find(hourlyPoints, Found, "each is stamped with the start of its hour", by)
	case len(at) == 1:
		p.find(hourlyPoints, Found, fmt.Sprintf("each is stamped %s after the start of its hour; a load floors it",
			at[0]), by)
	default:
		p.find(hourlyPoints, Warning, fmt.Sprintf("they are stamped at %d different moments of their hours, from %s "+
			"to %s after its start; a load floors them",
			len(at), at[0], at[len(at)-1]), by)
	}
}
