package load_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// A chart has a row for every hour that was answered for, whoever reported it, and none for an hour that nobody answered for.
func TestUsageFilled(t *testing.T) {
	w, db := open(t)
	c := flow.NewCalendar(flow.Hourly, zone(t, "Asia/Kolkata"))
	begin := at("2026-01-01T17:00") // 18:30 UTC is midnight in Kolkata
	var version uint64
	add := func(r flow.Region, gw flow.GatewayType, tr flow.TrafficType, final bool, skip int, values ...int64) {
		version++
		s := flow.Series{Account: "main", Granularity: flow.Hourly, Region: r, Gateway: gw, Traffic: tr}
		write(t, w, newRun(), answer(s, c, begin.Add(time.Duration(skip)*time.Hour), version, at("2026-02-01"), final, values...))
	}
	add(flow.AllRegions, flow.Public, flow.Total, true, 0, 1000, 1000) // never in usage
	add(flow.Europe, flow.Public, flow.Uplink, true, 0, 1, 10, absent, absent)
	add(flow.Europe, flow.Public, flow.Downlink, true, 0, 2, 20, absent, 200)
	add(flow.Europe, flow.Public, flow.Total, true, 0, 4, absent, absent, 0) // as the API sums them, but not where it leaves them out
	add(flow.Europe, flow.Public, flow.Total, false, 5, absent)              // nobody answered for the hour before
	add(flow.America, flow.Private, flow.Uplink, true, 0, absent, 7)
	add(flow.America, flow.Private, flow.Uplink, true, 1, absent) // retracted
	add(flow.AsiaPacific, flow.Public, flow.Total, true, 1, 9)
	const columns = "SELECT concat(access_region, ' ', gateway_type, ' ', formatDateTime(hour, '%H:%i ', 'UTC'), toString(day), ' ', toString(uplink_bytes), ' + ', toString(downlink_bytes), ' = ', toString(total_bytes), if(is_final, ' final', '')) FROM "
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
	if diff := cmp.Diff(want, table(t, db, columns+"usage_hourly_filled ORDER BY access_region, gateway_type, hour")); diff != "" {
		t.Error(diff)
	}
	// The hours that usage_hourly has are the same there.
	if got := table(t, db, columns+"(SELECT * FROM usage_hourly EXCEPT SELECT * FROM usage_hourly_filled)"); len(got) > 0 {
		t.Errorf("not the same as in usage_hourly: %v", got)
	}
}
