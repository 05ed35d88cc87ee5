package load_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
)

// known collects what LedgerSpans yields, and fails if a series comes twice.
func known(
	t *testing.T, w *loadtest.Warehouse, account string, c flow.Calendar, within flow.Window, finality time.Duration,
) map[flow.Series][]flow.LedgerSpan {
	t.Helper()
	out := map[flow.Series][]flow.LedgerSpan{}
	must(t, w.LedgerSpans(t.Context(), account, c, within, finality, func(s flow.Series, k []flow.LedgerSpan) error {
		if _, again := out[s]; again {
			t.Errorf("%s is yielded twice", s)
		}
		if len(k) == 0 {
			t.Errorf("%s is yielded with nothing known", s)
		}
		out[s] = slices.Clone(k)
		return nil
	}))
	return out
}

func story(known []flow.LedgerSpan) string {
	var b strings.Builder
	for _, k := range known {
		fmt.Fprintf(&b, "  v%d %s %s sent %s failures %d\n",
			k.Sent.Version, k.State, k.Window, k.Sent.At.Format(time.RFC3339Nano), k.Failures)
	}
	return b.String()
}

// However many passes there were, what is known of a series without holes is a handful of ranges; and each of 30 series
// comes once, with all of its ranges, merged and single ones.
func TestKnownIsSmallAndWhole(t *testing.T) {
	w, _ := open(t)
	start, version := at("2026-01-01"), uint64(0)
	var all []flow.Attempt
	add := func(s flow.Series, begin, end, sent time.Time) *flow.Attempt {
		version++
		all = append(all, flow.Attempt{
			Series: s, Calendar: hours, Window: flow.Window{Begin: begin, End: end}, State: flow.Accepted,
			Answered: sent, Sent: flow.Stamp{At: sent, Version: version},
		})
		return &all[len(all)-1]
	}
	for _, s := range loadtest.AllSeries("main", flow.Hourly) {
		for pass := range 100 { // one an hour, each with the hours of the last two days
			sent := start.Add(time.Duration(48+pass) * time.Hour)
			add(s, sent.Add(-48*time.Hour), sent, sent)
		}
		for hour := range 24 { // and a day that came hour by hour, each beside the other
			begin := start.Add(time.Duration(hour-48) * time.Hour)
			add(s, begin, begin.Add(time.Hour), start.Add(48*time.Hour))
		}
		failed := add(s, start.Add(-5*time.Hour), start, start.Add(time.Hour))
		failed.State, failed.Class, failed.Failures = flow.Failed, flow.Suspect, 3
	}
	must(t, w.Write(t.Context(), newRun(), all, make([][]flow.Held, len(all))))
	within := flow.Window{Begin: start.Add(-72 * time.Hour), End: start.Add(200 * time.Hour)}
	got := known(t, w, "main", hours, within, 6*time.Hour)
	if len(got) != 30 {
		t.Errorf("%d series, want 30", len(got))
	}
	aDay := flow.Window{Begin: start.Add(-48 * time.Hour), End: start.Add(-24 * time.Hour)}
	for s, k := range got {
		states := map[flow.State]int{}
		var covered flow.Window
		for _, one := range k {
			states[one.State]++
			if one.State == flow.Accepted && one.Window.Begin.Before(start) {
				if one.Window != aDay {
					t.Fatalf("%s: the day that came hour by hour is %s, want it whole, %s", s, one.Window, aDay)
				}
				continue
			}
			if one.State == flow.Accepted && (covered.Begin.IsZero() || one.Window.Begin.Before(covered.Begin)) {
				covered.Begin = one.Window.Begin
			}
			if one.State == flow.Accepted && one.Window.End.After(covered.End) {
				covered.End = one.Window.End
			}
		}
		if states[flow.Failed] != 1 || states[flow.Accepted] < 3 || len(k) > 40 {
			t.Fatalf("%s has %v in %d ranges, want the failure and few others:\n%s", s, states, len(k), story(k))
		}
		if want := (flow.Window{Begin: start, End: start.Add(147 * time.Hour)}); covered != want {
			t.Fatalf("%s is covered in %s, want %s:\n%s", s, covered, want, story(k))
		}
	}
}

// A range that stays refused grows with each pass, and is one.
func TestKnownOfARangeThatStaysRefused(t *testing.T) {
	w, _ := open(t)
	start := at("2026-01-01")
	s := named("main", flow.Hourly, flow.Total)
	var all []flow.Attempt
	for pass := range 1000 {
		sent := start.Add(time.Duration(100+pass) * time.Hour)
		all = append(all, flow.Attempt{
			Series: s, Calendar: hours, Window: flow.Window{Begin: start, End: sent}, State: flow.Failed, Class: flow.Refused,
			Failures: pass + 1, Answered: sent, Sent: flow.Stamp{At: sent, Version: uint64(pass + 1)},
		})
	}
	must(t, w.Write(t.Context(), newRun(), all, make([][]flow.Held, len(all))))
	within := flow.Window{Begin: start, End: start.Add(2000 * time.Hour)}
	got := known(t, w, "main", hours, within, time.Hour)[s]
	if len(got) != 1 || got[0].Failures != 1000 || got[0].Window != all[999].Window {
		t.Errorf("%d ranges, want the last one alone:\n%s", len(got), story(got))
	}
}

// Only what overlaps the range, of the account and granularity, and for days only what was asked for in their zone.
func TestKnownOfOthers(t *testing.T) {
	w, _ := open(t)
	shanghai, berlin := zone(t, "Asia/Shanghai"), zone(t, "Europe/Berlin")
	sent := at("2026-04-01")
	var version uint64
	attempt := func(account string, g flow.Granularity, z *time.Location, begin, end string) flow.Attempt {
		c := flow.NewCalendar(g, z)
		version++
		return flow.Attempt{
			Series: named(account, g, flow.Total), Calendar: c,
			Window: flow.Window{Begin: c.DateStart(at(begin)), End: c.DateStart(at(end))},
			State:  flow.Accepted, Answered: sent, Sent: flow.Stamp{At: sent, Version: version},
		}
	}
	all := []flow.Attempt{
		attempt("main", flow.Daily, shanghai, "2026-01-01", "2026-02-01"),
		attempt("main", flow.Daily, berlin, "2026-01-10", "2026-03-01"),
		attempt("main", flow.Hourly, shanghai, "2026-01-01", "2026-01-03"),
		attempt("main", flow.Hourly, berlin, "2026-01-05", "2026-01-07"),
		attempt("other", flow.Daily, shanghai, "2026-01-01", "2026-03-01"),
	}
	must(t, w.Write(t.Context(), newRun(), all, make([][]flow.Held, len(all))))
	const from, to = "2025-12-01", "2026-04-01"
	for _, tt := range []struct {
		name, account string
		g             flow.Granularity
		zone          string
		from, to      string
		want          []flow.Attempt
	}{
		{"days of Shanghai", "main", flow.Daily, "Asia/Shanghai", from, to, all[:1]},
		{"days of Berlin", "main", flow.Daily, "Europe/Berlin", from, to, all[1:2]},
		{"days of Paris", "main", flow.Daily, "Europe/Paris", from, to, nil},
		{"hours of every zone", "main", flow.Hourly, "Europe/Berlin", from, to, all[2:4]},
		{"hours between them", "main", flow.Hourly, "Europe/Berlin", "2026-01-02T16:00", "2026-01-04T23:00", nil},
		{"hours that just overlap", "main", flow.Hourly, "Europe/Berlin", "2026-01-02T15:00", "2026-01-05T00:00", all[2:4]},
		{"nobody's", "nobody", flow.Hourly, "Europe/Berlin", from, to, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, within := flow.NewCalendar(tt.g, zone(t, tt.zone)), flow.Window{Begin: at(tt.from), End: at(tt.to)}
			var want, got []string
			for _, a := range tt.want {
				want = append(want, a.Window.String())
			}
			for _, k := range known(t, w, tt.account, c, within, 24*time.Hour)[named(tt.account, tt.g, flow.Total)] {
				if k.State != flow.Accepted || !k.Sent.At.Equal(sent) {
					t.Errorf("%+v, want it accepted and sent at %s", k, sent)
				}
				got = append(got, k.Window.String())
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	stop := errors.New("enough")
	calls := 0
	days, within := flow.NewCalendar(flow.Daily, shanghai), flow.Window{Begin: at(from), End: at(to)}
	err := w.LedgerSpans(t.Context(), "main", days, within, time.Hour, func(flow.Series, []flow.LedgerSpan) error {
		calls++
		return stop
	})
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%v after %d calls, want the caller's error after one", err, calls)
	}
}
