package migrations_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
)

// Sums are those of the day, whatever was restated and retracted later; before the first answer there is nothing.
func TestUsageAsOf(t *testing.T) {
	w, db := open(t)
	c := flow.NewCalendar(flow.Daily, zone(t, "Asia/Shanghai"))
	day := c.DateStart(at("2026-01-01"))
	var settings []flow.Setting
	add := func(version uint64, sent string, r flow.Region, tr flow.TrafficType, values ...int64) {
		s := flow.Series{Account: "main", Granularity: flow.Daily, Region: r, Gateway: flow.Public, Traffic: tr}
		settings = append(settings, setting(s, day, c.Zone(), 0))
		write(t, w, newRun(), answer(s, c, day, version, at(sent), true, values...))
	}
	add(1, "2026-02-01T10:00", flow.Europe, flow.Uplink, 1, 10)
	add(2, "2026-02-01T10:00", flow.Europe, flow.Downlink, 2, 20)
	add(3, "2026-02-01T10:00", flow.Europe, flow.Total, 4, absent)
	add(4, "2026-02-01T10:00", flow.AllRegions, flow.Total, 400, 400)
	add(5, "2026-02-02T10:00", flow.Europe, flow.Uplink, 5, absent)
	add(6, "2026-02-03T10:00", flow.Europe, flow.Total, absent, 31)
	must(t, w.Configure(t.Context(), settings, at("2026-02-04")))
	for moment, want := range map[string][]string{
		"2026-02-01 09:59:59":       nil,
		"2026-02-01 10:00:00":       {"2026-01-01 1 2 4", "2026-01-02 10 20 30"},
		"2026-02-02T18:00:00+08:00": {"2026-01-01 5 2 4", "2026-01-02 0 20 20"},
		"2026-02-03":                {"2026-01-01 5 2 4", "2026-01-02 0 20 20"},
		"2026-02-03 10:00:00":       {"2026-01-01 5 2 7", "2026-01-02 0 20 31"},
	} {
		got := table(t, db, `SELECT concat(toString(day), ' ', toString(uplink_bytes), ' ', toString(downlink_bytes), ' ',
    toString(total_bytes)) FROM usage_daily_as_of(at = '`+moment+"') ORDER BY day")
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("as of %s: %s", moment, diff)
		}
	}
}

// What a writer left in history before it was cut short, of a bucket that nobody wrote since, is not known: the next
// pass asks for it again.
func TestAsOfBeforeTheFirstFact(t *testing.T) {
	_, db := open(t)
	execute(t, db, `INSERT INTO history (granularity, account, bucket, bytes, reported, observed_at, version)
VALUES ('hourly', 'main', '2026-01-01 00:00:00', 7, true, '2026-02-01 00:00:00', 1)`)
	if got := table(t, db, "SELECT toString(bytes) FROM "+loadtest.Readable("flow_hourly_as_of")); len(got) > 0 {
		t.Errorf("%v, want nothing, as in flow_hourly", got)
	}
}

// A moment is what people write, and an error where it is none, also where nothing is stored: never 1970 and never
// another day.
func TestMomentsThatPeopleWrite(t *testing.T) {
	w, db := open(t)
	s := named("main", flow.Hourly, flow.Total)
	write(t, w, newRun(), answer(s, hours, at("2026-01-01"), 1, at("2026-02-03T12:00"), true, 7))
	for _, moment := range []string{
		"'2026-02-03 12:00:00'", "'2026-02-03 12:00'", "'2026-02-03T12:00:00Z'", "'2026-02-03T20:00:00+08:00'",
		"'2026-02-03T12:00:00.000Z'", "'2026-02-03 07:00-05:00'", "'2026-02-04'", "now('UTC')",
		"now64(3, 'UTC') - INTERVAL 1 SECOND", "toStartOfMonth(toDate('2026-03-20'))",
		"toDateTime('2026-02-03 12:00:00', 'UTC')", "(SELECT max(extracted_at) FROM flow_hourly)",
	} {
		got := table(t, db, "SELECT toString(bytes) FROM flow_hourly_as_of(at = "+moment+")")
		if !slices.Equal(got, []string{"7"}) {
			t.Errorf("at = %s: %v, want 7", moment, got)
		}
	}
	for _, moment := range []string{
		"'2026-02-03'", "'2026-02-03 11:59:59.999'", "'2026-02-03T12:00:00+00:30'", "toDate('2026-02-03')",
	} {
		if got := table(t, db, "SELECT toString(bytes) FROM flow_hourly_as_of(at = "+moment+")"); len(got) > 0 {
			t.Errorf("at = %s: %v, want nothing", moment, got)
		}
	}
	for _, moment := range []string{
		"''", "'yesterday'", "'2026'", "'2026-02'", "'2026-13-01'", "'2026-02-30'", "'2026-00-10'",
		"'2026-02-03 24:00:00'", "'2026-02-03 12:60'", "'2026-02-03 12'", "'03/02/2026'", "'2026-02-03T12:00:00 CET'",
		"'2026-02-03 12:00:00 '", "'20260203'", "'1770120000'", "1770120000", "0", "NULL",
	} {
		for _, view := range []string{"flow_hourly_as_of", "flow_daily_as_of", "usage_daily_as_of"} {
			rows, err := db.Query(t.Context(), "SELECT * FROM "+view+"(at = "+moment+")")
			if err == nil {
				rows.Next()
				err = rows.Err()
			}
			if e, ok := errors.AsType[*clickhouse.Exception](err); !ok || !strings.Contains(e.Message, "DateTime") {
				t.Errorf("%s(at = %s): %v, want an error that says this is no moment", view, moment, err)
			}
		}
	}
}
