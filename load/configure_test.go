package load_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

func TestConfigure(t *testing.T) {
	w, db := open(t)
	count := func(name string) string { return table(t, db, "SELECT toString(count()) FROM "+name)[0] }
	stored := func() map[string]string {
		return map[string]string{"series": count("series"), "days": count("days")}
	}
	berlin, lima := zone(t, "Europe/Berlin"), zone(t, "America/Lima")
	a, b := named("a", flow.Hourly, flow.Total), named("b", flow.Daily, flow.Total)
	start := flow.NewCalendar(flow.Daily, berlin).DateStart(at("2026-03-01"))
	now := at("2026-05-10T12:00")
	both := []flow.Setting{setting(a, start, berlin, time.Hour), setting(b, start, berlin, 2*time.Hour)}
	defer func() { // the days begin before the earliest start of a zone, whichever series has it
		early := start.AddDate(-2, 0, 0)
		must(t, w.Configure(t.Context(), []flow.Setting{both[0], setting(b, early, berlin, time.Hour), both[0]}, now))
		if got := table(t, db, "SELECT toString(min(day)) FROM days FINAL WHERE time_zone = 'Europe/Berlin'")[0]; got > "2024-03-01" {
			t.Errorf("the days begin on %s, want them from before %s", got, early)
		}
	}()
	must(t, w.Configure(t.Context(), both, now))
	first := stored()
	if first["series"] != "2" {
		t.Errorf("%s rows of series, want 2", first["series"])
	}

	// The days are those of the zone: without a hole, from before the start to two years ahead, the clock's changes included.
	c := flow.NewCalendar(flow.Daily, berlin)
	var want []string
	for d := range c.Buckets(flow.Window{Begin: start, End: at("2028-05-01")}) {
		want = append(want, fmt.Sprintf("%s %d %d", c.Day(d).Format(time.DateOnly), d.Unix(), c.Next(d).Unix()))
	}
	got := table(t, db, `SELECT concat(toString(day), ' ', toString(toUnixTimestamp(day_begin)), ' ', toString(toUnixTimestamp(day_end))) FROM days FINAL
WHERE time_zone = 'Europe/Berlin' AND day_begin >= ? AND day_begin < '2028-05-01 00:00:00' ORDER BY day`, start)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("days: %s", diff)
	}
	if !slices.Contains(got, fmt.Sprintf("2026-03-29 %d %d", at("2026-03-28T23:00").Unix(), at("2026-03-29T22:00").Unix())) {
		t.Error("the day of 23 hours is not among them")
	}

	// Again, and on later days: nothing is written for a day or two, then a month at once.
	for _, later := range []time.Duration{0, time.Minute, 24 * time.Hour, 20 * 24 * time.Hour} {
		must(t, w.Configure(t.Context(), both, now.Add(later)))
		if diff := cmp.Diff(first, stored()); diff != "" {
			t.Errorf("%v later something was written: %s", later, diff)
		}
	}
	must(t, w.Configure(t.Context(), both, now.AddDate(0, 0, 400)))
	if got := table(t, db, "SELECT toString(max(day)) FROM days FINAL")[0]; got < "2029-06-01" {
		t.Errorf("400 days later the days reach to %s, want two years more", got)
	}

	state := func() []string {
		return table(t, db, "SELECT concat(account, ' ', toString(configured), ' ', formatDateTime(expected_from, '%Y-%m-%dT%H:%i', 'UTC'), ' ', time_zone, ' ', toString(settle_seconds), ' ', toString(refresh_seconds), ' ', toString(finality_seconds)) FROM series FINAL ORDER BY account")
	}
	later := now.AddDate(0, 0, 401)
	steps := []struct {
		name     string
		settings []flow.Setting
		want     []string
		rows     int // of series, written
	}{
		{"taken out", both[:1], []string{"a true 2026-02-28T23:00 Europe/Berlin 3600 1800 432000", "b false 2026-02-28T23:00 Europe/Berlin 7200 1800 432000"}, 1},
		{"still out", both[:1], []string{"a true 2026-02-28T23:00 Europe/Berlin 3600 1800 432000", "b false 2026-02-28T23:00 Europe/Berlin 7200 1800 432000"}, 0},
		{"back", both, []string{"a true 2026-02-28T23:00 Europe/Berlin 3600 1800 432000", "b true 2026-02-28T23:00 Europe/Berlin 7200 1800 432000"}, 1},
		{"another settle", []flow.Setting{setting(a, start, berlin, 30*time.Minute), both[1]}, []string{"a true 2026-02-28T23:00 Europe/Berlin 1800 1800 432000", "b true 2026-02-28T23:00 Europe/Berlin 7200 1800 432000"}, 1},
		{"an earlier start", []flow.Setting{setting(a, start.AddDate(-1, 0, 0), berlin, 30*time.Minute), both[1]}, []string{"a true 2025-02-28T23:00 Europe/Berlin 1800 1800 432000", "b true 2026-02-28T23:00 Europe/Berlin 7200 1800 432000"}, 1},
		{"another zone", []flow.Setting{setting(a, start.AddDate(-1, 0, 0), berlin, 30*time.Minute), setting(b, start.Add(6*time.Hour), lima, 2*time.Hour)}, []string{"a true 2025-02-28T23:00 Europe/Berlin 1800 1800 432000", "b true 2026-03-01T05:00 America/Lima 7200 1800 432000"}, 1},
		{"nothing at all", nil, []string{"a false 2025-02-28T23:00 Europe/Berlin 1800 1800 432000", "b false 2026-03-01T05:00 America/Lima 7200 1800 432000"}, 2},
	}
	for i, tt := range steps {
		execute(t, db, "OPTIMIZE TABLE series FINAL")
		rows, _ := strconv.Atoi(count("series"))
		must(t, w.Configure(t.Context(), tt.settings, later.Add(time.Duration(i)*time.Second)))
		if diff := cmp.Diff(tt.want, state()); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
		if got, _ := strconv.Atoi(count("series")); got != rows+tt.rows {
			t.Errorf("%s: %d rows were written, want %d", tt.name, got-rows, tt.rows)
		}
	}
	if got := table(t, db, "SELECT toString(min(day)) FROM days FINAL WHERE time_zone = 'Europe/Berlin'")[0]; got > "2025-03-01" {
		t.Errorf("after an earlier start the days begin on %s", got)
	}
	if got := table(t, db, "SELECT toString(count()) FROM days FINAL WHERE time_zone = 'America/Lima'")[0]; len(got) < 3 {
		t.Errorf("%s days of the new zone", got)
	}
}

// What the configuration asks for now counts, also where the clock of the load before was a year ahead.
func TestConfigureAfterAClockThatWasAhead(t *testing.T) {
	w, db := open(t)
	now, start := at("2026-05-10T12:00"), at("2026-03-01")
	a, b := named("a", flow.Hourly, flow.Total), named("a", flow.Daily, flow.Total)
	must(t, w.Configure(t.Context(), []flow.Setting{setting(a, start, time.UTC, time.Hour), setting(b, start, time.UTC, time.Hour)}, now.AddDate(1, 0, 0)))
	execute(t, db, "INSERT INTO days VALUES ('UTC', '2026-04-01', '2026-04-01 01:00:00', '2026-04-02 00:00:00', '2027-05-11 00:00:00')")
	for _, name := range []string{"Asia/Tokyo", "Asia/Shanghai", "UTC"} {
		z := zone(t, name)
		now = now.Add(time.Minute)
		must(t, w.Configure(t.Context(), []flow.Setting{setting(b, flow.NewCalendar(flow.Daily, z).DateStart(start), z, time.Hour)}, now))
		for _, from := range []string{"series FINAL", "series"} {
			if got := table(t, db, "SELECT concat(argMax(time_zone, written_at), ' ', toString(argMaxIf(configured, written_at, granularity = 'hourly'))) FROM "+from); got[0] != name+" false" {
				t.Errorf("%s says %s, want the zone %s, and that hours are not configured", from, got[0], name)
			}
		}
	}
	if got := table(t, db, "SELECT toString(day_begin) FROM days FINAL WHERE time_zone = 'UTC' AND day = '2026-04-01'"); !slices.Equal(got, []string{"2026-04-01 00:00:00"}) {
		t.Errorf("the day begins at %s", got)
	}
	before := table(t, db, "SELECT toString(count()) FROM series")
	must(t, w.Configure(t.Context(), []flow.Setting{setting(b, start, time.UTC, time.Hour)}, now.Add(time.Minute)))
	if diff := cmp.Diff(before, table(t, db, "SELECT toString(count()) FROM series")); diff != "" {
		t.Errorf("the same again is written: %s", diff)
	}
}

// A zone's rules may change after its days were written: the rows that differ are written anew.
func TestConfigureDaysAnew(t *testing.T) {
	w, db := open(t)
	settings := []flow.Setting{setting(named("a", flow.Daily, flow.Total), at("2026-03-01"), time.UTC, time.Hour)}
	now := at("2026-05-10")
	must(t, w.Configure(t.Context(), settings, now))
	execute(t, db, "INSERT INTO days VALUES ('UTC', '2026-04-01', '2026-04-01 01:00:00', '2026-04-02 00:00:00', '2026-05-10 00:00:01')")
	must(t, w.Configure(t.Context(), settings, now.Add(time.Minute)))
	got := table(t, db, "SELECT concat(toString(day_begin), ' ', toString(day_end)) FROM days FINAL WHERE day = '2026-04-01'")
	if diff := cmp.Diff([]string{"2026-04-01 00:00:00 2026-04-02 00:00:00"}, got); diff != "" {
		t.Error(diff)
	}
}
