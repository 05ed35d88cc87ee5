package load_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
	"github.com/mnaflow/mnaflow/internal/trace"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// restamped is a warehouse of one account whose zone changes from test to test.
type restamped struct {
	*testing.T
	*loadtest.Warehouse
	db      driver.Conn
	now     time.Time
	version uint64
	crash   string // as soon as this table is to be written
	passed  int    // after so many writes to it
}

func restamping(t *testing.T) *restamped {
	t.Helper()
	db := chtest.Open(t)
	r := &restamped{T: t, db: db.Conn(t), now: at("2026-05-01")}
	insert := func(table string) func() {
		if table == r.crash {
			if r.passed--; r.passed < 0 {
				panic("crash")
			}
		}
		return func() {}
	}
	r.Warehouse = loadtest.ConnectWith(t, loadtest.Config(db), warehouse.Dependencies{Trace: trace.Trace{Insert: insert}})
	must(t, r.Migrate(t.Context()))
	return r
}

// in configures an hourly and a daily series from 1 March on.
func (r *restamped) in(zone *time.Location) {
	r.Helper()
	r.now = r.now.Add(time.Hour)
	start := flow.NewCalendar(flow.Daily, zone).DateStart(at("2026-03-01"))
	must(r, r.Configure(r.Context(), []flow.Setting{
		setting(named("main", flow.Daily, flow.Total), start, zone, time.Hour),
		setting(named("main", flow.Hourly, flow.Total), flow.NewCalendar(flow.Hourly, zone).Floor(start), zone, time.Hour),
	}, r.now))
}

// days stores final days from a date on.
func (r *restamped) days(zone *time.Location, date string, values ...int64) {
	r.Helper()
	r.version++
	s, c := named("main", flow.Daily, flow.Total), flow.NewCalendar(flow.Daily, zone)
	write(r, r.Warehouse, newRun(), answer(s, c, c.DateStart(at(date)), r.version, r.now, true, values...))
}

// hours stores final hours.
func (r *restamped) hours(zone *time.Location, begin string, values ...int64) {
	r.Helper()
	r.version++
	s, c := named("main", flow.Hourly, flow.Total), flow.NewCalendar(flow.Hourly, zone)
	write(r, r.Warehouse, newRun(), answer(s, c, at(begin), r.version, r.now, true, values...))
}

// dates are those of the hours and of the changes to them.
func (r *restamped) dates(want ...string) {
	r.Helper()
	got := table(r, r.db, `SELECT concat(formatDateTime(hour, '%m-%dT%H', 'UTC'), ' ', toString(day))
FROM usage_hourly ORDER BY hour`)
	if diff := cmp.Diff(want, got); diff != "" {
		r.Errorf("usage_hourly: %s", diff)
	}
}

// crashing runs what crashes when a table is to be written.
func (r *restamped) crashing(table string, f func()) {
	r.Helper()
	r.crash = table
	defer func() {
		r.crash = ""
		if recover() == nil {
			r.Errorf("%s was not to be written", table)
		}
	}()
	f()
}

// shown is flow_daily.
func (r *restamped) shown(want ...string) {
	r.Helper()
	if diff := cmp.Diff(want, table(r, r.db, dailyQuery)); diff != "" {
		r.Errorf("flow_daily: %s", diff)
	}
}

// Whatever zone the account has been in meanwhile, what its ledger covers is there again: days that both zones have are
// shared.
func TestThereAndBack(t *testing.T) {
	for _, tt := range []struct{ here, there, date string }{
		{"Asia/Shanghai", "Asia/Singapore", "2026-03-03"},
		{"Asia/Shanghai", "Asia/Tokyo", "2026-03-03"},
		{"Pacific/Auckland", "Pacific/Pago_Pago", "2026-05-03"}, // the same days under other dates
		{"Europe/Berlin", "Etc/GMT-1", "2026-03-27"},            // the same until the clock changes
	} {
		t.Run(tt.here+" "+tt.there, func(t *testing.T) {
			r := restamping(t)
			here, there := zone(t, tt.here), zone(t, tt.there)
			r.in(here)
			r.days(here, tt.date, 1, 2, 3, 4)
			want := table(t, r.db, dailyQuery)
			r.in(there)
			r.days(there, tt.date, 1, 2, 3, 4)
			r.in(here)
			r.shown(want...)
			if got := table(t, r.db, "SELECT toString(count()) FROM flow_revisions"); got[0] != "0" {
				t.Errorf("%s revisions, want none: nothing changed", got[0])
			}
			got := table(t, r.db, "SELECT toString(covered_buckets) FROM flow_coverage WHERE granularity = 'daily'")
			if got[0] != "4" {
				t.Errorf("%s days covered, want 4", got[0])
			}
			r.in(here)
			r.shown(want...)
		})
	}
}

// A day of one zone that begins with a day of the other and ends at another instant overwrites it, and is no
// restatement of it.
func TestDaysThatOnlyBeginTogether(t *testing.T) {
	r := restamping(t)
	berlin, fixed := zone(t, "Europe/Berlin"), zone(t, "Etc/GMT-1")
	r.in(berlin)
	r.days(berlin, "2026-03-28", 1, 23)
	r.in(fixed)
	r.shown("2026-03-28 1")
	r.days(fixed, "2026-03-28", 1, 24)
	r.in(berlin)
	r.shown("2026-03-28 1", "2026-03-29 23")
	r.days(berlin, "2026-03-28", 1, 23) // a confirmation
	r.days(berlin, "2026-03-29", 22)
	r.in(fixed)
	r.shown("2026-03-28 1", "2026-03-29 24")
	r.in(berlin)
	r.shown("2026-03-28 1", "2026-03-29 22")
	got := table(t, r.db, `SELECT concat(toString(day), ' ', toString(old_bytes), ' → ', toString(new_bytes))
FROM flow_revisions`)
	if diff := cmp.Diff([]string{"2026-03-29 23 → 22"}, got); diff != "" {
		t.Errorf("revisions: %s", diff)
	}
	// Who confirmed it last, when, and that it is final, come from the ledger.
	got = table(t, r.db, `SELECT concat(request_id, ' ', toString(extracted_at), ' ', toString(is_final), ' ',
    run_id IN (SELECT run_id FROM ledger WHERE request_id = 'req-4') ? 'by its run' : 'by another')
FROM flow_daily WHERE day = '2026-03-29'`)
	if diff := cmp.Diff([]string{"req-4 2026-05-01 03:00:00.000 true by its run"}, got); diff != "" {
		t.Errorf("the day that was brought back: %s", diff)
	}
}

// Hours get the dates of the new zone, those from before the start and final ones too, in zones off the full hour as
// well.
func TestHoursAreDatedAnew(t *testing.T) {
	r := restamping(t)
	shanghai := zone(t, "Asia/Shanghai")
	r.in(shanghai)
	r.hours(shanghai, "2024-07-01T15:00", 1, 2) // long before the start
	r.hours(shanghai, "2026-03-01T15:00", 1, 2, 3, 4)
	r.hours(shanghai, "2026-03-01T16:00", 7)
	hours := []string{
		"2024-07-01T15:00", "2024-07-01T16:00",
		"2026-03-01T15:00", "2026-03-01T16:00", "2026-03-01T17:00", "2026-03-01T18:00",
	}
	for _, tt := range []struct{ zone, days string }{
		{"Asia/Shanghai", "07-01 07-02 03-01 03-02 03-02 03-02"},
		{"UTC", "07-01 07-01 03-01 03-01 03-01 03-01"},
		{"Asia/Kolkata", "07-01 07-01 03-01 03-01 03-01 03-01"},
		{"Asia/Kathmandu", "07-01 07-01 03-01 03-01 03-01 03-01"},
		{"Pacific/Chatham", "07-02 07-02 03-02 03-02 03-02 03-02"},
		{"Australia/Eucla", "07-01 07-02 03-01 03-02 03-02 03-02"},
	} {
		z := zone(t, tt.zone)
		var want []string
		for i, day := range strings.Fields(tt.days) {
			hour := at(hours[i])
			day = hours[i][:len("2026-")] + day
			if date := flow.NewCalendar(flow.Hourly, z).Day(hour).Format(time.DateOnly); date != day {
				t.Fatalf("%s in %s: the calendar says %s, and this test %s", hours[i], tt.zone, date, day)
			}
			want = append(want, hour.Format("01-02T15")+" "+day)
		}
		r.in(z)
		r.dates(want...)
		changed := want[3][len("03-01T16 "):]
		if got := table(t, r.db, "SELECT toString(day) FROM flow_revisions"); !slices.Equal(got, []string{changed}) {
			t.Errorf("%s: the change lies on %v, want %s", tt.zone, got, changed)
		}
	}
	got := table(t, r.db, "SELECT concat(toString(old_bytes), ' → ', toString(new_bytes)) FROM flow_revisions")
	if !slices.Equal(got, []string{"2 → 7"}) {
		t.Errorf("revisions %v, want the one from before", got)
	}
	// What an older observation wrote late, in the old zone, is dated by the next pass, and does not win.
	r.hours(shanghai, "2026-03-01T20:00", 9)
	r.in(zone(t, "UTC"))
	got = table(t, r.db, "SELECT toString(day) FROM usage_hourly WHERE hour = '2026-03-01 20:00:00'")
	if !slices.Equal(got, []string{"2026-03-01"}) {
		t.Errorf("an hour that was written late lies on %v", got)
	}
}

// A crash between any two writes of a change of zones is mended by the next pass, whichever zone it has.
func TestZoneChangeIsCutShort(t *testing.T) {
	for _, point := range []struct {
		table  string
		passed int
	}{{"days", 0}, {"history", 0}, {"history", 1}, {"facts", 0}, {"facts", 1}, {"series", 0}} {
		for _, back := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s after %d, back %v", point.table, point.passed, back), func(t *testing.T) {
				r := restamping(t)
				shanghai, other := zone(t, "Asia/Shanghai"), zone(t, "Asia/Singapore")
				r.in(shanghai)
				r.days(shanghai, "2026-03-02", 1, 2)
				r.hours(shanghai, "2026-03-01T15:00", 1, 2)
				r.passed = point.passed
				r.crashing(point.table, func() { r.in(other) })
				if back {
					other = shanghai
				}
				r.in(other)
				r.shown("2026-03-02 1", "2026-03-03 2")
				r.dates("03-01T15 2026-03-01", "03-01T16 2026-03-02")
			})
		}
	}
}

// The account has one zone, also where a series is taken out in the same edit: all of its rows say the new one.
func TestZoneOfASeriesThatIsTakenOut(t *testing.T) {
	for _, tt := range []struct{ before, after, hourly, daily string }{
		{"Asia/Shanghai", "Asia/Tokyo", "2026-02-28T15:00", "2026-02-28T15:00"},
		{"Asia/Kolkata", "Asia/Kathmandu", "2026-02-28T18:00", "2026-02-28T18:15"},
	} {
		r := restamping(t)
		before, after := zone(t, tt.before), zone(t, tt.after)
		r.in(before)
		r.now = r.now.Add(time.Hour)
		start := flow.NewCalendar(flow.Daily, after).DateStart(at("2026-03-01"))
		for _, g := range flow.Granularities() { // an account whose other series sort before and behind
			kept := named("main", g, flow.Total)
			kept.Region = flow.MainlandChina
			must(t, r.Configure(t.Context(), []flow.Setting{setting(kept, start, after, time.Hour)}, r.now))
		}
		got := table(t, r.db, `SELECT concat(granularity, ' ', time_zone, ' ',
    formatDateTime(expected_from, '%Y-%m-%dT%H:%i', 'UTC'))
FROM series FINAL WHERE access_region = 'EU' ORDER BY granularity`)
		want := []string{"daily " + tt.after + " " + tt.daily, "hourly " + tt.after + " " + tt.hourly}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}
