package transform

import (
	"fmt"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// onMidnight returns an error if a daily point is off the start of its day, and names a zone in which all of them would be on it.
func onMidnight(calendar flow.Calendar, points []flow.Point) error {
	p, off := flow.OffMidnight(calendar, points)
	if !off {
		return nil
	}
	if zone, ok := flow.MidnightZone(points); ok {
		return fmt.Errorf("a daily point at %s is not midnight in %s; all points would be in %s: set the account's time_zone",
			stamp(p.Time), calendar.Zone(), zone)
	}
	return fmt.Errorf("a daily point at %s is not midnight in %s, nor do all points fit another zone", stamp(p.Time), calendar.Zone())
}
