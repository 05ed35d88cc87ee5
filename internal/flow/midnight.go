package flow

import (
	"fmt"
	"time"
)

// likelyZones are zones to suggest, the likeliest first: the vendor's own, then one for each whole and half hour that people live in, and at
// the end zones without changes for what is left. Few points fit zones that only differ in the other half of the year.
func likelyZones(yield func(string) bool) {
	names := []string{
		"Asia/Shanghai", "UTC", "Asia/Singapore", "Asia/Tokyo", "Asia/Kolkata", "Europe/London", "Europe/Berlin", "America/New_York",
		"America/Chicago", "America/Denver", "America/Los_Angeles", "America/Sao_Paulo", "Asia/Bangkok", "Asia/Dubai", "Asia/Karachi",
		"Asia/Dhaka", "Australia/Sydney", "Pacific/Auckland", "Europe/Athens", "Europe/Moscow", "Asia/Kathmandu", "Pacific/Honolulu",
	}
	for hours := 1; hours <= 12; hours++ { // the sign in these names is turned round; 13 hours east have the midnights of 11 hours west
		names = append(names, fmt.Sprintf("Etc/GMT-%d", hours), fmt.Sprintf("Etc/GMT+%d", hours))
	}
	for _, name := range names {
		if !yield(name) {
			return
		}
	}
}

// OffMidnight returns the first of the points at which no day starts in the zone of c.
func OffMidnight(c Calendar, points []Point) (Point, bool) {
	for _, p := range points {
		if !c.Floor(p.Time).Equal(p.Time) {
			return p, true
		}
	}
	return Point{}, false
}

// MidnightZone names a zone in which a day starts at every one of the points, the likeliest first.
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
