package transform

import (
	"github.com/mnaflow/mnaflow/internal/flow"
)

// onMidnight returns an error if a daily point is not at the start of its day. If all points are at midnight in
// another zone, the error is of class Rejected and names that zone: halving would not help, every window would fail.
// Otherwise it is of class Disagrees.
func onMidnight(calendar flow.Calendar, points []flow.Point) error {
	p, off := flow.OffMidnight(calendar, points)
	if !off {
		return nil
	}
	if zone, ok := flow.MidnightZone(points); ok {
		return flow.Fail(flow.Rejected, "a daily point at %s is not midnight in %s; all points would be in %s: "+
			"set the account's time_zone",
			stamp(p.Time), calendar.Zone(), zone)
	}
	return flow.Fail(flow.Disagrees, "a daily point at %s is not midnight in %s, nor do all points fit another zone",
		stamp(p.Time), calendar.Zone())
}
