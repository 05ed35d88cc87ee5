package load_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// The table of series says what the last configuration asks for, and has a new row only where that differs.
func TestConfigure(t *testing.T) {
	w, db := open(t)
	berlin, lima := zone(t, "Europe/Berlin"), zone(t, "America/Lima")
	a, b := named("a", flow.Hourly, flow.Total), named("b", flow.Daily, flow.Total)
	start := flow.NewCalendar(flow.Daily, berlin).DateStart(at("2026-03-01"))
	now := at("2026-05-10T12:00")
	first, second := setting(a, start, berlin, time.Hour), setting(b, start, berlin, 2*time.Hour)
	patient, early := first, first
	patient.Settle = 30 * time.Minute
	early.Start = start.AddDate(-1, 0, 0)
	moved := setting(b, start.Add(6*time.Hour), lima, 2*time.Hour)
	rows := func() int {
		n, err := strconv.Atoi(table(t, db, "SELECT toString(count()) FROM series")[0])
		must(t, err)
		return n
	}
	const (
		aIs    = "a true 2026-02-28T23:00 Europe/Berlin 3600 1800 432000"
		bIs    = "b true 2026-02-28T23:00 Europe/Berlin 7200 1800 432000"
		bIsOut = "b false 2026-02-28T23:00 Europe/Berlin 7200 1800 432000"
	)
	for i, tt := range []struct {
		name     string
		settings []flow.Setting
		want     []string
		rows     int // written
	}{
		{"both", []flow.Setting{first, second}, []string{aIs, bIs}, 2},
		{"again", []flow.Setting{first, second}, []string{aIs, bIs}, 0},
		{"taken out", []flow.Setting{first}, []string{aIs, bIsOut}, 1},
		{"still out", []flow.Setting{first}, []string{aIs, bIsOut}, 0},
		{"back", []flow.Setting{first, second}, []string{aIs, bIs}, 1},
		{
			"another settle", []flow.Setting{patient, second},
			[]string{"a true 2026-02-28T23:00 Europe/Berlin 1800 1800 432000", bIs}, 1,
		},
		{
			"an earlier start", []flow.Setting{early, second},
			[]string{"a true 2025-02-28T23:00 Europe/Berlin 3600 1800 432000", bIs}, 1,
		},
		{
			"another zone", []flow.Setting{early, moved}, []string{
				"a true 2025-02-28T23:00 Europe/Berlin 3600 1800 432000",
				"b true 2026-03-01T05:00 America/Lima 7200 1800 432000",
			}, 1,
		},
		{
			"nothing at all", nil, []string{
				"a false 2025-02-28T23:00 Europe/Berlin 3600 1800 432000",
				"b false 2026-03-01T05:00 America/Lima 7200 1800 432000",
			}, 2,
		},
	} {
		execute(t, db, "OPTIMIZE TABLE series FINAL")
		before := rows()
		must(t, w.Configure(t.Context(), tt.settings, now.Add(time.Duration(i)*time.Second)))
		got := table(t, db, `SELECT concat(account, ' ', toString(configured), ' ',
    formatDateTime(expected_from, '%Y-%m-%dT%H:%i', 'UTC'), ' ', time_zone, ' ', toString(settle_seconds), ' ',
    toString(refresh_seconds), ' ', toString(finality_seconds)) FROM series FINAL ORDER BY account`)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
		if got := rows() - before; got != tt.rows {
			t.Errorf("%s: %d rows were written, want %d", tt.name, got, tt.rows)
		}
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
	both := []flow.Setting{setting(a, start, time.UTC, time.Hour), setting(b, start, time.UTC, time.Hour)}
	must(t, w.Configure(t.Context(), both, now.AddDate(1, 0, 0)))
	execute(t, db, `INSERT INTO days VALUES
('UTC', '2026-04-01', '2026-04-01 01:00:00', '2026-04-02 00:00:00', '2027-05-11 00:00:00')`)
	for _, name := range []string{"Asia/Tokyo", "Asia/Shanghai", "UTC"} {
		z := zone(t, name)
		now = now.Add(time.Minute)
		daily := setting(b, flow.NewCalendar(flow.Daily, z).DateStart(start), z, time.Hour)
		must(t, w.Configure(t.Context(), []flow.Setting{daily}, now))
		for _, from := range []string{"series FINAL", "series"} {
			got := table(t, db, `SELECT concat(argMax(time_zone, written_at), ' ',
    toString(argMaxIf(configured, written_at, granularity = 'hourly'))) FROM `+from)
			if got[0] != name+" false" {
				t.Errorf("%s says %s, want the zone %s, and that hours are not configured", from, got[0], name)
			}
		}
	}
	got := table(t, db, "SELECT toString(day_begin) FROM days FINAL WHERE time_zone = 'UTC' AND day = '2026-04-01'")
	if !slices.Equal(got, []string{"2026-04-01 00:00:00"}) {
		t.Errorf("the day begins at %s", got)
	}
	before := table(t, db, "SELECT toString(count()) FROM series")
	must(t, w.Configure(t.Context(), []flow.Setting{setting(b, start, time.UTC, time.Hour)}, now.Add(time.Minute)))
	if diff := cmp.Diff(before, table(t, db, "SELECT toString(count()) FROM series")); diff != "" {
		t.Errorf("the same again is written: %s", diff)
	}
}
