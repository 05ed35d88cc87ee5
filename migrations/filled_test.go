package migrations_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// A chart has a row for every hour that was answered for, whoever reported it, and none for any other hour.
func TestUsageFilled(t *testing.T) {
	w, db := open(t)
	c := flow.NewCalendar(flow.Hourly, zone(t, "Asia/Kolkata"))
	begin := at("2026-01-01T17:00") // 18:30 UTC is midnight in Kolkata
	var version uint64
	add := func(r flow.Region, gw flow.GatewayType, tr flow.TrafficType, final bool, skip int, values ...int64) {
		version++
		s := flow.Series{Account: "main", Granularity: flow.Hourly, Region: r, Gateway: gw, Traffic: tr}
		from := begin.Add(time.Duration(skip) * time.Hour)
		write(t, w, newRun(), answer(s, c, from, version, at("2026-02-01"), final, values...))
	}
	add(flow.AllRegions, flow.Public, flow.Total, true, 0, 1000, 1000) // never in usage
	add(flow.Europe, flow.Public, flow.Uplink, true, 0, 1, 10, absent, absent)
	add(flow.Europe, flow.Public, flow.Downlink, true, 0, 2, 20, absent, 200)
	// As the API sums them, but not where it leaves them out. Nobody answered for the hour before the last.
	add(flow.Europe, flow.Public, flow.Total, true, 0, 4, absent, absent, 0)
	add(flow.Europe, flow.Public, flow.Total, false, 5, absent)
	add(flow.America, flow.Private, flow.Uplink, true, 0, absent, 7)
	add(flow.America, flow.Private, flow.Uplink, true, 1, absent) // retracted
	add(flow.AsiaPacific, flow.Public, flow.Total, true, 1, 9)
	want := []string{
		"AM private 17:00 2026-01-01 0 + 0 = 0 final",
		"AM private 18:00 2026-01-01 0 + 0 = 0 final",
		"AP public 18:00 2026-01-01 0 + 0 = 9 final",
		"EU public 17:00 2026-01-01 1 + 2 = 4 final",
		"EU public 18:00 2026-01-01 10 + 20 = 30 final",
		"EU public 19:00 2026-01-02 0 + 0 = 0 final",
		"EU public 20:00 2026-01-02 0 + 200 = 0 final",
		"EU public 22:00 2026-01-02 0 + 0 = 0",
	}
	if diff := cmp.Diff(want, usage(t, db, "usage_hourly_filled", "hour")); diff != "" {
		t.Error(diff)
	}
	// The hours that usage_hourly has are the same there.
	if got := usage(t, db, "(SELECT * FROM usage_hourly EXCEPT SELECT * FROM usage_hourly_filled)", "hour"); len(got) > 0 {
		t.Errorf("not the same as in usage_hourly: %v", got)
	}
}
