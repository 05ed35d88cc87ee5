package audit

import (
	"context"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// verifyCalendar compares the table days with the rules of its zones, up to two days from now: later days concern
// nothing yet. Views take from it where the days of an account begin.
func (a *Auditor) verifyCalendar(ctx context.Context, v Verification) error {
	type row struct {
		zone            string
		day, begin, end time.Time
	}
	days, err := warehouse.Select(ctx, a.db, warehouse.Query{
		Doing: "reading the calendar", SQL: statements.Text("calendar_days", nil),
		Values: warehouse.Values{"until": v.At.UTC().AddDate(0, 0, 2).Format(time.DateOnly)},
	}, func(scan func(...any) error) (r row, err error) { return r, scan(&r.zone, &r.day, &r.begin, &r.end) })
	if err != nil {
		return err
	}
	var zones []verdict
	var zone *time.Location // of the last of zones; nil if its name is none
	wrong := 0              // of its days
	for i, d := range days {
		if i == 0 || d.zone != days[i-1].zone {
			if zone, err = time.LoadLocation(d.zone); err != nil {
				zone = nil
			}
			wrong = 0
			zones = append(zones, verdict{
				Begin: d.begin, Compared: "days of " + d.zone + " = days of its rules", State: CheckPassed, Left: 0, Right: 0,
			})
		}
		one := &zones[len(zones)-1]
		one.N++
		if zone != nil {
			c := flow.NewCalendar(flow.Daily, zone)
			if begin := c.DateStart(d.day); d.begin.Equal(begin) && d.end.Equal(c.Next(begin)) {
				continue
			}
		}
		if wrong == 0 {
			one.Begin, one.State = d.begin, CheckFailed
			one.Words = "days begin or end at other instants than the rules of the zone say: mnaflow run writes them again"
		}
		wrong++
		one.Left = wrong
	}
	for _, one := range zones {
		s := step{CheckStorage, "comparing the calendar with its zones", "verdict", one}
		if err := a.check(ctx, v, s); err != nil {
			return err
		}
	}
	return nil
}
