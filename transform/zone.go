package transform

import (
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// candidates are zones to suggest, the likeliest first: the vendor's own, then one for each whole and half hour that people live in.
var candidates = []string{
	"Asia/Shanghai", "UTC", "Asia/Singapore", "Asia/Tokyo", "Asia/Kolkata", "Europe/London", "Europe/Berlin", "America/New_York",
	"America/Chicago", "America/Denver", "America/Los_Angeles", "America/Sao_Paulo", "Asia/Bangkok", "Asia/Dubai", "Asia/Karachi",
	"Asia/Dhaka", "Australia/Sydney", "Pacific/Auckland", "Europe/Athens", "Europe/Moscow", "Asia/Kathmandu", "Pacific/Honolulu",
}

// onMidnight returns an error if a daily point is off the start of its day, and names a zone in which all of them would be on it.
func onMidnight(calendar flow.Calendar, points []flow.Point) error {
	off := func(c flow.Calendar) (time.Time, bool) {
		for _, p := range points {
			if !c.Floor(p.Time).Equal(p.Time) {
				return p.Time, true
			}
		}
		return time.Time{}, false
	}
	at, wrong := off(calendar)
	if !wrong {
		return nil
	}
	for _, name := range candidates {
		if zone, err := time.LoadLocation(name); err == nil {
			if _, wrong := off(flow.NewCalendar(flow.Daily, zone)); !wrong {
				return fmt.Errorf("a daily point at %s is not midnight in %s; all points would be in %s: set the account's time_zone", stamp(at), calendar.Zone(), name)
			}
		}
	}
	return fmt.Errorf("a daily point at %s is not midnight in %s, nor do all points fit another zone", stamp(at), calendar.Zone())
}
