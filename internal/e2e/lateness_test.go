package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/report"
)

func TestPrintLateness(t *testing.T) {
	const day = 24 * 3600
	all := []report.Lateness{
		{
			Account: "main", Granularity: flow.Hourly, Revised: 1234, Median: 3 * 3600, P99: 2*day + 4*3600 - 59,
			Latest: 3*day + 1, Watched: 14, SinceDayEnd: 2 * day, FinalAfter: 5 * day,
		},
		{
			Account: "main", Granularity: flow.Daily, Revised: 20, Median: 40*60 + 1, P99: 4 * day, Latest: 4 * day,
			Watched: 3, SinceDayEnd: 4*day + 1800, FinalAfter: 5 * day,
		},
		{
			Account: "b", Granularity: flow.Hourly, Revised: 2, Median: day - 1, P99: 60 * day, Latest: 60 * day,
			Watched: 90, SinceDayEnd: day, RevisedFinal: 1, FinalAfter: 36 * 3600,
		},
		{
			Account: "b", Granularity: flow.Daily, Revised: 1, Median: 59, P99: 59, Latest: 59, Watched: 1,
			SinceDayEnd: 59, FinalAfter: 5 * day,
		},
		{Account: "c", Granularity: flow.Daily, Watched: 100, FinalAfter: 5 * day},
	}
	for i := range all {
		all[i].Judge()
	}
	var out strings.Builder
	report.PrintLateness(&out, all)
	want := `restatements of the last 90 days:
  main hourly
    1234 buckets changed; half within 3h of their end, 99 % within 2d4h, the
    latest 3d1h after; finality 5d is long enough
  main daily
    20 buckets changed; half within 41m of their end, 99 % within 4d, the latest
    4d after; finality 5d is too short to be sure: a change came 4d1h after the
    end of its day, and later ones would go unseen; set extract.finality: 7d
  b hourly
    2 buckets changed; half within 1d of their end, 99 % within 60d, the latest
    60d after; finality 1d12h is too short: 1 bucket changed when final, as a
    forced reload saw; set extract.finality: 3d or more
  b daily
    1 bucket changed, 1m after its end; whether finality 5d is long enough shows
    when 14 days have been watched until final: so far 1
  c daily
    none seen in 100 days that were watched until final
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	out.Reset()
	if report.PrintLateness(&out, nil); out.Len() > 0 {
		t.Errorf("without an account: %q", out.String())
	}
}

// What grows late shows in status, in words and as JSON; the simulator lets an hour grow for three days.
func TestStatusTellsHowLate(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(),
		"  start: 2026-11-15\n  regions: [MC]\n  traffic_types: [total]\n  gateway_types: [public]\n")
	r.must("migrate")
	for range 4 {
		r.must("run")
		r.advance(24 * time.Hour)
	}
	got := r.do("status") // of the server's clock, data may be late or missing: only the section counts here
	mention(t, got.stdout, "restatements of the last 90 days:\n  main hourly\n", " buckets changed; half within",
		"\n  main daily\n")
	_, section, _ := strings.Cut(got.stdout, "restatements of the last 90 days:")
	narrow(t, section)
	s := r.status()
	if len(s.Lateness) != 2 {
		t.Fatalf("lateness of %d, want hourly and daily: %+v", len(s.Lateness), s.Lateness)
	}
	for _, l := range s.Lateness {
		revised := r.scalar("SELECT uniqExact(bucket) FROM flow_revisions WHERE granularity = ?", string(l.Granularity))
		latest := r.scalar(
			"SELECT max(dateDiff('second', bucket, observed_at)) - if(granularity = 'hourly', 3600, 86400) "+
				"FROM flow_revisions WHERE granularity = ? GROUP BY granularity", string(l.Granularity))
		if l.Revised != revised || revised == 0 || uint64(l.Latest) != latest || l.FinalAfter.Duration() != 5*24*time.Hour {
			t.Errorf("%+v, want %d buckets, the latest %d s after its end, and a finality of 5d", l, revised, latest)
		}
		if l.Median > l.P99 || l.P99 > l.Latest || l.SinceDayEnd > l.Latest || l.RevisedFinal != 0 {
			t.Errorf("%+v contradicts itself", l)
		}
	}
}
