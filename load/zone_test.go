package load_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
)

const dailyQuery = "SELECT concat(toString(day), ' ', toString(bytes)) FROM flow_daily ORDER BY day"

// Days that were asked for in another zone cover nothing. They are not shown and are no older values, unless they are
// days of the new zone too: then they stay, and what differs is a restatement.
func TestZoneChanges(t *testing.T) {
	for _, tt := range []struct {
		name, before, after string
		shown, revisions    []string // while only the old zone's days are there; of the first answer in the new zone
		reported            string
	}{
		{name: "midnight at another instant", before: "Asia/Shanghai", after: "Asia/Tokyo", reported: "0 0"},
		{
			name: "the same midnight under another name", before: "Asia/Shanghai", after: "Asia/Singapore", reported: "0 2",
			shown: []string{"2026-03-01 5", "2026-03-02 6"}, revisions: []string{"2026-03-02 6 → 7 req-3"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, db := open(t)
			s := named("main", flow.Daily, flow.Total)
			h := named("main", flow.Hourly, flow.Total)
			before, after := flow.NewCalendar(flow.Daily, zone(t, tt.before)), flow.NewCalendar(flow.Daily, zone(t, tt.after))
			hour := flow.NewCalendar(flow.Hourly, before.Zone())
			now := at("2026-05-01")
			configure := func(z *time.Location) {
				t.Helper()
				now = now.Add(time.Hour)
				start := flow.NewCalendar(flow.Daily, z).DateStart(at("2026-03-01"))
				both := []flow.Setting{setting(s, start, z, time.Hour), setting(h, start, z, time.Hour)}
				must(t, w.Configure(t.Context(), both, now))
			}
			old := before.DateStart(at("2026-03-01"))
			configure(before.Zone())
			write(t, w, newRun(), answer(s, before, old, 1, at("2026-04-01"), true, 5, 6),
				answer(h, hour, old, 2, at("2026-04-01"), true, 1))
			if diff := cmp.Diff([]string{"2026-03-01 5", "2026-03-02 6"}, table(t, db, dailyQuery)); diff != "" {
				t.Fatal(diff)
			}
			configure(after.Zone())
			for _, view := range []string{"flow_daily", loadtest.Readable("flow_daily_as_of")} {
				if diff := cmp.Diff(tt.shown, table(t, db, strings.Replace(dailyQuery, "flow_daily", view, 1))); diff != "" {
					t.Errorf("%s before anything is asked for in the new zone: %s", view, diff)
				}
			}
			if got := table(t, db, "SELECT toString(bytes) FROM flow_hourly"); len(got) != 1 {
				t.Errorf("flow_hourly is %v, want the hour, whatever the zone", got)
			}
			got := table(t, db, `SELECT concat(toString(covered_buckets), ' ', toString(reported_buckets))
FROM flow_coverage WHERE granularity = 'daily'`)
			if len(got) != 1 || got[0] != tt.reported {
				t.Errorf("covered and reported %v, want %s", got, tt.reported)
			}
			begin := after.DateStart(at("2026-03-01"))
			within := flow.Window{Begin: at("2026-02-01"), End: at("2026-04-01")}
			take := func(s flow.Series, known []flow.LedgerSpan) error {
				t.Errorf("%s is known: %+v", s, known)
				return nil
			}
			must(t, w.LedgerSpans(t.Context(), "main", after, within, time.Hour, take))
			write(t, w, newRun(), answer(s, after, begin, 3, at("2026-04-02"), true, 5, 7))
			const revised = `SELECT concat(toString(day), ' ', toString(old_bytes), ' → ', toString(new_bytes), ' ', request_id)
FROM flow_revisions ORDER BY observed_at`
			if diff := cmp.Diff(tt.revisions, table(t, db, revised)); diff != "" {
				t.Errorf("revisions by the first answer in the new zone: %s", diff)
			}
			write(t, w, newRun(), answer(s, after, begin, 4, at("2026-04-03"), true, 5, 8))
			write(t, w, newRun(), answer(s, after, begin, 5, at("2026-04-04"), true, 9, 8))
			if diff := cmp.Diff([]string{"2026-03-01 9", "2026-03-02 8"}, table(t, db, dailyQuery)); diff != "" {
				t.Error(diff)
			}
			for moment, want := range map[string][]string{
				"2026-04-01": tt.shown,
				"2026-04-02": {"2026-03-01 5", "2026-03-02 7"},
				"2026-04-03": {"2026-03-01 5", "2026-03-02 8"},
			} {
				got := table(t, db, strings.Replace(dailyQuery, "flow_daily", "flow_daily_as_of(at = '"+moment+"')", 1))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("as of %s: %s", moment, diff)
				}
			}
			want := append(slices.Clone(tt.revisions), "2026-03-02 7 → 8 req-4", "2026-03-01 5 → 9 req-5")
			if diff := cmp.Diff(want, table(t, db, revised)); diff != "" {
				t.Error(diff)
			}
			// An hour is the same in every zone.
			hour = flow.NewCalendar(flow.Hourly, after.Zone())
			again := write(t, w, newRun(), answer(h, hour, old, 6, at("2026-04-05"), true, 2))
			again = append(again, write(t, w, newRun(), answer(h, hour, old, 7, at("2026-04-06"), true, 2))...)
			if again[0].Revised != 1 || again[1].Revised != 0 {
				t.Errorf("%d and %d revised, want 1 and 0", again[0].Revised, again[1].Revised)
			}
			got = table(t, db, `SELECT concat(toString(old_bytes), ' → ', toString(new_bytes))
FROM flow_revisions WHERE granularity = 'hourly'`)
			if !slices.Equal(got, []string{"1 → 2"}) {
				t.Errorf("revisions of the hour %v, want 1 → 2", got)
			}
		})
	}
}
