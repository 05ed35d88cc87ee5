package flow

import (
	"fmt"
	"time"
)

// likelyZones yields the zones that MidnightZone tries, the likeliest first: the vendor's, then one for each common
// offset, last the fixed offsets. The order matters because several zones may fit: points at 22:00 UTC in July fit
// Europe/Berlin and Etc/GMT-2.
func likelyZones(yield func(string) bool) {
	names := []string{
		"Asia/Shanghai", "UTC", "Asia/Singapore", "Asia/Tokyo", "Asia/Kolkata", "Europe/London", "Europe/Berlin",
		"America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Sao_Paulo",
		"Asia/Bangkok", "Asia/Dubai", "Asia/Karachi", "Asia/Dhaka", "Australia/Sydney", "Pacific/Auckland",
		"Europe/Athens", "Europe/Moscow", "Asia/Kathmandu", "Pacific/Honolulu",
	}
	// Etc/GMT-8 is 8 hours east. Offsets beyond 12 hours need no name: 13 hours east have the midnights of 11 hours
	// west.
	for hours := 1; hours <= 12; hours++ {
		names = append(names, fmt.Sprintf("Etc/GMT-%d", hours), fmt.Sprintf("Etc/GMT+%d", hours))
	}
	for _, name := range names {
		if !yield(name) {
			return
		}
	}
}

// OffMidnight returns the first point that is not at the start of a day in the zone of c, and whether there is one.
func OffMidnight(c Calendar, points []Point) (Point, bool) {
	for _, p := range points {
		if !c.Floor(p.Time).Equal(p.Time) {
			return p, true
		}
	}
	return Point{}, false
}

// MidnightZone returns the likeliest zone in which every point is at the start of a day, or false if none fits.
func MidnightZone(points []Point) (*time.Location, bool) {
	for name := range likelyZones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			continue // this machine's database lacks it
		}
		if _, off := OffMidnight(NewCalendar(Daily, zone), points); !off {
			return zone, true
		}
	}
	return nil, false
}
