package migrations_test

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// usage is what a view shows of each hour, or day, of every access region and gateway type.
func usage(t *testing.T, db driver.Conn, view, bucket string) []string {
	t.Helper()
	hour := map[string]string{"hour": "formatDateTime(hour, '%H:%i ', 'UTC')", "day": "''"}[bucket]
	return table(t, db, `SELECT concat(access_region, ' ', gateway_type, ' ', `+hour+`, toString(day), ' ',
    toString(uplink_bytes), ' + ', toString(downlink_bytes), ' = ', toString(total_bytes), if(is_final, ' final', ''))
FROM `+view+` ORDER BY access_region, gateway_type, `+bucket)
}

// Usage sums up what the API reports of each direction, and believes its total where it gives one.
func TestUsage(t *testing.T) {
	w, db := open(t)
	kolkata := zone(t, "Asia/Kolkata")
	hourly, daily := flow.NewCalendar(flow.Hourly, kolkata), flow.NewCalendar(flow.Daily, kolkata)
	// 18:00 UTC is 23:30 in Kolkata, and 19:00 the next day.
	begin, day := at("2026-01-01T18:00"), daily.DateStart(at("2026-01-01"))
	var version uint64
	var settings []flow.Setting
	var batch []flow.Attempt
	add := func(r flow.Region, gw flow.GatewayType, tr flow.TrafficType, final bool, values ...int64) {
		for _, c := range []flow.Calendar{hourly, daily} {
			s := flow.Series{Account: "main", Granularity: c.Granularity(), Region: r, Gateway: gw, Traffic: tr}
			from := begin
			if c.Granularity() == flow.Daily {
				from = day
			}
			version++
			batch = append(batch, answer(s, c, from, version, at("2026-02-01"), final, values...))
			settings = append(settings, setting(s, day, kolkata, 0))
		}
	}
	add(flow.AllRegions, flow.Public, flow.Uplink, true, 1000, 1000) // never in usage
	add(flow.Europe, flow.Public, flow.Uplink, true, 1, 10, 100)
	add(flow.Europe, flow.Public, flow.Downlink, true, 2, 20, absent)
	// As the API sums them, though the parts say 3 and 100; and not yet final.
	add(flow.Europe, flow.Public, flow.Total, false, 2, absent, 101)
	add(flow.Europe, flow.Private, flow.Uplink, true, 5, absent, absent)
	add(flow.America, flow.Public, flow.Total, true, 7, 0, absent) // only the total is extracted
	must(t, w.Configure(t.Context(), settings, at("2026-02-01")))
	write(t, w, newRun(), batch...)
	want := []string{
		"AM public 18:00 2026-01-01 0 + 0 = 7 final",
		"AM public 19:00 2026-01-02 0 + 0 = 0 final",
		"EU private 18:00 2026-01-01 5 + 0 = 5 final",
		"EU public 18:00 2026-01-01 1 + 2 = 2",
		"EU public 19:00 2026-01-02 10 + 20 = 30 final",
		"EU public 20:00 2026-01-02 100 + 0 = 101",
	}
	got := usage(t, db, "usage_hourly", "hour")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("usage_hourly: %s", diff)
	}
	for i := range want {
		want[i] = regexp.MustCompile(`(\d\d):00 \S+`).ReplaceAllStringFunc(want[i], func(s string) string {
			hour, _ := strconv.Atoi(s[:2])
			return fmt.Sprintf("2026-01-%02d", hour-17)
		})
	}
	got = usage(t, db, "usage_daily", "day")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("usage_daily: %s", diff)
	}
	// A restatement moves the sums, and a retraction leaves the row out.
	e := named("main", flow.Hourly, flow.Uplink)
	e.Gateway = flow.Private
	write(t, w, newRun(), answer(e, hourly, begin, 1000, at("2026-02-02"), true, absent, 6))
	got = table(t, db, `SELECT concat(formatDateTime(hour, '%H:%i', 'UTC'), ' ', toString(total_bytes))
FROM usage_hourly WHERE gateway_type = 'private'`)
	if diff := cmp.Diff([]string{"19:00 6"}, got); diff != "" {
		t.Errorf("after a restatement: %s", diff)
	}
}
