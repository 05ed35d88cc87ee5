package pipeline

import (
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// The views expect what plans ask for: from the first bucket, also where the start's midnight lies inside an hour.
func TestWantedStartsOnABucket(t *testing.T) {
	kolkata := flow.Series{
		Account: "in", Granularity: flow.Hourly, Region: flow.Europe, Gateway: flow.Public, Traffic: flow.Total,
	}
	daily := kolkata
	daily.Granularity = flow.Daily
	settings := Settings{
		Start:  at("2026-03-01"),
		Settle: map[flow.Granularity]time.Duration{flow.Hourly: time.Minute, flow.Daily: time.Hour},
	}.Wanted(map[string]Account{"in": {Name: "in", Zone: zone(t, "Asia/Kolkata")}}, []flow.Series{kolkata, daily})
	for i, want := range []string{"2026-02-28T18:00", "2026-02-28T18:30"} {
		if s := settings[i]; !s.Start.Equal(at(want)) {
			t.Errorf("%s starts at %s, want %s", s.Series, s.Start, want)
		}
	}
	if s := settings[1]; s.Settle != time.Hour || s.Zone.String() != "Asia/Kolkata" {
		t.Errorf("%+v, want the settle of its granularity and the account's zone", s)
	}
}
