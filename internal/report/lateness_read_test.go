package report_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/report"
)

// seconds is a length of time as Lateness has it.
func seconds(d time.Duration) report.Seconds { return report.Seconds(d / time.Second) }

// Each answer comes a fixed time after the end of the bucket's day.
func TestLateness(t *testing.T) {
	w, db := open(t)
	const finality, day = 120 * time.Hour, 24 * time.Hour
	kolkata := zone(t, "Asia/Kolkata")
	hourly, daily := flow.NewCalendar(flow.Hourly, kolkata), flow.NewCalendar(flow.Daily, kolkata)
	h, d := named("main", flow.Hourly, flow.Total), named("main", flow.Daily, flow.Total)
	none := named("quiet", flow.Hourly, flow.Total)
	start := daily.DateStart(at("2026-03-01"))
	configured := start.Add(time.Hour)
	other := named("other", flow.Daily, flow.Total) // taken out of the configuration
	settings := []flow.Setting{
		setting(other, start, kolkata, time.Hour), setting(h, hourly.Floor(start), kolkata, time.Hour),
		setting(d, start, kolkata, 2*time.Hour), setting(none, hourly.Floor(start), kolkata, time.Hour),
	}
	must(t, w.Configure(t.Context(), settings, configured))
	must(t, w.Configure(t.Context(), settings[1:], configured.Add(time.Second)))
	write(t, w, newRun(), answer(other, daily, start, 1, start.Add(2*day), false, 1))
	write(t, w, newRun(), answer(other, daily, start, 2, start.Add(3*day), false, 2))

	version := uint64(10)
	says := func(s flow.Series, c flow.Calendar, bucket time.Time, after time.Duration, value int64) {
		t.Helper()
		version++
		sent := daily.Next(daily.Floor(bucket)).Add(after)
		write(t, w, newRun(), answer(s, c, bucket, version, sent, after >= finality, value))
	}
	// Twenty days, each seen three hours after its end; every second one changes, the nth n*6 hours after its end; all are
	// confirmed when final.
	for i := range 20 {
		begin := daily.Skip(start, i)
		says(d, daily, begin, 3*time.Hour, 1)
		if i%2 == 1 {
			says(d, daily, begin, 4*time.Hour, 2) // not the last change
			says(d, daily, begin, time.Duration(i)*6*time.Hour-30*time.Hour+2500*time.Millisecond+48*time.Hour, 3)
		}
	}
	version++
	all := make([]int64, 20)
	for i := range all {
		all[i] = 1 + 2*int64(i%2)
	}
	end := daily.Skip(start, 20)
	write(t, w, newRun(), answer(d, daily, start, version, end.Add(finality), true, all...))
	// One hour, which lies at 23:30 on the first day and ends half an hour into the second, changes on that day, and when
	// it is final.
	hour := at("2026-03-01T18:00")
	says(h, hourly, hour, -5*time.Minute, 1)
	says(h, hourly, hour, 55*time.Minute, 2)
	lateness := func() []report.Lateness {
		t.Helper()
		got, err := w.Lateness(t.Context())
		must(t, err)
		return got
	}
	// The lags of days 1, 3 … 19 are 24, 36 … 132 hours.
	days := report.Lateness{
		Account: "main", Granularity: flow.Daily, Revised: 10,
		Median: seconds(84*time.Hour) + 2, P99: seconds(132*time.Hour) + 2, Latest: seconds(132*time.Hour) + 2,
		Watched: 20, SinceDayEnd: seconds(132*time.Hour) + 2,
		FinalAfter: seconds(finality), SetFinalAfter: seconds(9 * day), Verdict: report.TooShort,
	}
	hours := report.Lateness{
		Account: "main", Granularity: flow.Hourly, Revised: 1, Median: 25 * 60, P99: 25 * 60, Latest: 25 * 60,
		SinceDayEnd: 55 * 60, FinalAfter: seconds(finality), Verdict: report.TooEarly,
	}
	quiet := report.Lateness{
		Account: "quiet", Granularity: flow.Hourly, FinalAfter: seconds(finality), Verdict: report.NothingYet,
	}
	if diff := cmp.Diff([]report.Lateness{hours, days, quiet}, lateness()); diff != "" {
		t.Error(diff)
	}
	// A forced reload finds that it changed once more when it had been final.
	says(h, hourly, hour, finality, 2)
	says(h, hourly, hour, 60*day, 3)
	late := seconds(60*day) - 30*60
	hours.Median, hours.P99, hours.Latest = late, late, late
	hours.Watched, hours.RevisedFinal, hours.SetFinalAfter, hours.Verdict = 1, 1, seconds(10*day), report.TooShort
	if diff := cmp.Diff([]report.Lateness{hours, days, quiet}, lateness()); diff != "" {
		t.Error(diff)
	}
	// That is no proof against a finality that came into force later.
	longer := setting(h, hourly.Floor(start), kolkata, time.Hour)
	longer.Finality = 10 * day
	must(t, w.Configure(t.Context(), []flow.Setting{longer}, start.Add(70*day)))
	hours.RevisedFinal, hours.FinalAfter, hours.SetFinalAfter, hours.Verdict = 0, seconds(10*day), 0, report.TooEarly
	if diff := cmp.Diff([]report.Lateness{hours}, lateness()); diff != "" {
		t.Error(diff)
	}
	if got := table(t, db, "SELECT toString(count()) FROM flow_revisions WHERE account = 'other'"); got[0] != "1" {
		t.Errorf("%s revisions of the account that is not configured, want 1: the test is about it too", got[0])
	}
}
