package flow_test

import (
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// midnights returns the starts of consecutive days of a zone.
func midnights(zone *time.Location, from time.Time, days int) []flow.Point {
	c := flow.NewCalendar(flow.Daily, zone)
	var out []flow.Point
	for b, n := c.Ceil(from), 0; n < days; b, n = c.Next(b), n+1 {
		out = append(out, flow.Point{Time: b})
	}
	return out
}

func TestMidnightZone(t *testing.T) {
	january := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	fixed := func(hours int) *time.Location { return time.FixedZone("", hours*3600) }
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what string
		zone *time.Location
		days int
		want string // empty: none
	}{
		{"the vendor's own", fixed(8), 366, "Asia/Shanghai"},
		{"UTC", fixed(0), 366, "UTC"},
		{"summer time", berlin, 366, "Europe/Berlin"},
		{"a winter alone", fixed(1), 30, "Europe/Berlin"},
		{"a year without summer time", fixed(1), 366, "Etc/GMT-1"},
		{"far west", fixed(-11), 366, "Etc/GMT+11"},
		{"half an hour", time.FixedZone("", 330*60), 366, "Asia/Kolkata"},
		{"seven minutes", time.FixedZone("", 7*60), 3, ""},
	} {
		points := midnights(c.zone, january, c.days)
		zone, ok := flow.MidnightZone(points)
		if ok != (c.want != "") || ok && zone.String() != c.want {
			t.Errorf("%s: %v, want %q", c.what, zone, c.want)
		}
		if ok {
			if p, off := flow.OffMidnight(flow.NewCalendar(flow.Daily, zone), points); off {
				t.Errorf("%s: %s is no midnight in %s", c.what, p.Time, zone)
			}
		}
	}
}
