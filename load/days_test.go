package load_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// The days are those of the zone: without a hole, from before the start to two years ahead, the clock's changes
// included. They are written when the zone comes up, and then a month at once.
func TestConfigureDays(t *testing.T) {
	w, db := open(t)
	berlin := zone(t, "Europe/Berlin")
	c := flow.NewCalendar(flow.Daily, berlin)
	start, now := c.DateStart(at("2026-03-01")), at("2026-05-10T12:00")
	a, b := named("a", flow.Hourly, flow.Total), named("b", flow.Daily, flow.Total)
	both := []flow.Setting{setting(a, start, berlin, time.Hour), setting(b, start, berlin, 2*time.Hour)}
	must(t, w.Configure(t.Context(), both, now))
	var want []string
	for d := range c.Buckets(flow.Window{Begin: start, End: at("2028-05-01")}) {
		want = append(want, fmt.Sprintf("%s %d %d", c.Day(d).Format(time.DateOnly), d.Unix(), c.Next(d).Unix()))
	}
	got := table(t, db, `SELECT concat(toString(day), ' ', toString(toUnixTimestamp(day_begin)), ' ',
    toString(toUnixTimestamp(day_end)))
FROM days FINAL
WHERE time_zone = 'Europe/Berlin' AND day_begin >= ? AND day_begin < '2028-05-01 00:00:00' ORDER BY day`, start)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("days: %s", diff)
	}
	short := fmt.Sprintf("2026-03-29 %d %d", at("2026-03-28T23:00").Unix(), at("2026-03-29T22:00").Unix())
	if !slices.Contains(got, short) {
		t.Error("the day of 23 hours is not among them")
	}

	// Nothing is written for a day or two.
	rows := func() []string {
		return table(t, db, "SELECT toString(((SELECT count() FROM days), (SELECT count() FROM series)))")
	}
	before := rows()
	for _, later := range []time.Duration{0, time.Minute, 24 * time.Hour, 20 * 24 * time.Hour} {
		must(t, w.Configure(t.Context(), both, now.Add(later)))
		if diff := cmp.Diff(before, rows()); diff != "" {
			t.Errorf("%v later something was written: %s", later, diff)
		}
	}
	must(t, w.Configure(t.Context(), both, now.AddDate(0, 0, 400)))
	if got := table(t, db, "SELECT toString(max(day)) FROM days FINAL")[0]; got < "2029-06-01" {
		t.Errorf("400 days later the days reach to %s, want two years more", got)
	}

	// They begin before the earliest start of a zone, whichever series has it.
	first := func() string {
		return table(t, db, "SELECT toString(min(day)) FROM days FINAL WHERE time_zone = 'Europe/Berlin'")[0]
	}
	if got := first(); got > "2026-03-01" || got < "2026-01-01" {
		t.Errorf("the days begin on %s, want them from shortly before %s", got, start)
	}
	for _, years := range []int{-1, -2} {
		early := start.AddDate(years, 0, 0)
		settings := []flow.Setting{both[0], setting(b, early, berlin, time.Hour), both[0]}
		must(t, w.Configure(t.Context(), settings, now.AddDate(0, 0, 401)))
		if got := first(); got > early.Format(time.DateOnly) {
			t.Errorf("the days begin on %s, want them from before %s", got, early)
		}
	}

	// A backfill that goes back further than the start finds its days at once.
	deeper := both[1]
	deeper.Oldest = start.AddDate(-3, 0, 0)
	must(t, w.Configure(t.Context(), []flow.Setting{both[0], deeper}, now.AddDate(0, 0, 401)))
	if got := first(); got > deeper.Oldest.Format(time.DateOnly) {
		t.Errorf("the days begin on %s, want them from before %s", got, deeper.Oldest)
	}
}

// A zone's rules may change after its days were written: the rows that differ are written anew.
func TestConfigureDaysAnew(t *testing.T) {
	w, db := open(t)
	settings := []flow.Setting{setting(named("a", flow.Daily, flow.Total), at("2026-03-01"), time.UTC, time.Hour)}
	now := at("2026-05-10")
	must(t, w.Configure(t.Context(), settings, now))
	execute(t, db, `INSERT INTO days VALUES
('UTC', '2026-04-01', '2026-04-01 01:00:00', '2026-04-02 00:00:00', '2026-05-10 00:00:01')`)
	must(t, w.Configure(t.Context(), settings, now.Add(time.Minute)))
	got := table(t, db, `SELECT concat(toString(day_begin), ' ', toString(day_end))
FROM days FINAL WHERE day = '2026-04-01'`)
	if diff := cmp.Diff([]string{"2026-04-01 00:00:00 2026-04-02 00:00:00"}, got); diff != "" {
		t.Error(diff)
	}
}
