package load_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
	"github.com/mnaflow/mnaflow/internal/pipeline"
)

// attempts draws random attempts at random windows, with versions and times that mostly agree: clocks differ.
func attempts(r *rand.Rand, s flow.Series, c flow.Calendar, origin time.Time, buckets int, now time.Time, finality time.Duration, version *uint64) []flow.Attempt {
	var out []flow.Attempt
	for range r.IntN(16) {
		begin := c.Skip(origin, r.IntN(buckets))
		w := flow.Window{Begin: begin, End: c.Skip(begin, 1+r.IntN(buckets/3))}
		if len(out) > 0 && r.IntN(3) == 0 {
			w = out[r.IntN(len(out))].Window // the same again
		}
		*version += 1 + r.Uint64N(3)
		a := flow.Attempt{Series: s, Calendar: c, Window: w, State: flow.Accepted, Answered: now, Sent: flow.Stamp{Version: *version}}
		day := flow.NewCalendar(flow.Daily, c.Zone())
		switch r.IntN(4) {
		case 0: // exactly when a bucket of it becomes final, or a millisecond before
			a.Sent.At = day.Next(day.Floor(w.Begin)).Add(finality - time.Duration(r.IntN(2))*time.Millisecond)
		case 1: // shortly before now
			a.Sent.At = now.Add(-time.Duration(r.IntN(180)) * time.Minute)
		default:
			a.Sent.At = now.Add(-time.Duration(r.Int64N(int64(20*24*time.Hour/time.Millisecond))) * time.Millisecond)
		}
		switch r.IntN(7) {
		case 0, 1:
			a.State, a.Failures = flow.Failed, r.IntN(4)
			a.Class = []flow.Class{flow.Suspect, flow.Disagrees, flow.Refused, flow.Transient}[r.IntN(4)]
		case 2:
			a.State, a.Class = flow.Unavailable, flow.Refused
		}
		out = append(out, a)
	}
	// Written in another order than sent.
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// asKnown is the whole ledger as planning takes it. What lies outside the range is left out, as Known promises: it would only tell a gap from
// what is newer than everything.
func asKnown(attempts []flow.Attempt, within flow.Window) []flow.Known {
	var out []flow.Known
	for _, a := range attempts {
		if a.Window.Intersect(within).Empty() {
			continue
		}
		out = append(out, flow.Known{Window: a.Window, State: a.State, Class: a.Class, Failures: a.Failures, Sent: a.Sent})
	}
	return out
}

func planned(tasks []pipeline.Task) string {
	var b strings.Builder
	for _, t := range tasks {
		fmt.Fprintf(&b, "%s ×%d %s%s after %d\n", t.Window, t.Buckets, t.Due, t.Doubt, t.Failures)
	}
	return b.String()
}

// known collects what Known yields, and fails if a series comes twice.
func known(t *testing.T, w *loadtest.Warehouse, account string, c flow.Calendar, within flow.Window, finality time.Duration) map[flow.Series][]flow.Known {
	t.Helper()
	out := map[flow.Series][]flow.Known{}
	must(t, w.Known(t.Context(), account, c, within, finality, func(s flow.Series, k []flow.Known) error {
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

// What Known reduces the ledger to gives the same plan as the whole ledger, whatever is in it.
func TestKnownPlansAsTheLedger(t *testing.T) {
	w, _ := open(t)
	for i, name := range append(zones, "UTC") {
		for _, g := range flow.Granularities() {
			t.Run(name+" "+string(g), func(t *testing.T) {
				r := rand.New(rand.NewPCG(uint64(i), 7))
				c := flow.NewCalendar(g, zone(t, name))
				origin := c.Floor(at([]string{"2026-03-25T12:00", "2025-10-24T12:00", "2018-10-31T12:00", "2018-02-14T12:00"}[r.IntN(4)]))
				const buckets = 60
				grid := pipeline.Grid{
					Calendar: c, Range: flow.Window{Begin: c.Skip(origin, 10), End: c.Skip(origin, 10+buckets)},
					Refresh: time.Hour, Finality: []time.Duration{36 * time.Hour, 120 * time.Hour, 25 * time.Hour}[r.IntN(3)], MaxBuckets: 25,
				}
				now := grid.Range.End.Add(time.Duration(r.IntN(5*24*60)) * time.Minute)
				account := name + " " + string(g)
				ledger := map[flow.Series][]flow.Attempt{}
				var all []flow.Attempt
				version := uint64(1000)
				for _, s := range loadtest.AllSeries(account, g) {
					ledger[s] = attempts(r, s, c, origin, buckets+20, now, grid.Finality, &version)
					all = append(all, ledger[s]...)
				}
				must(t, w.Write(t.Context(), newRun(), all, make([][]flow.Held, len(all))))
				for _, force := range []bool{false, true} {
					grid.Force = force
					reduced := known(t, w, account, c, grid.Range, grid.Finality)
					wrong := 0
					for s, attempts := range ledger {
						grid.Series = s
						ledger, short := pipeline.Plan(grid, asKnown(attempts, grid.Range), now), pipeline.Plan(grid, reduced[s], now)
						want, got := planned(ledger), planned(short)
						if force {
							// Of a range that is final throughout, Known leaves out that a forced reload of it failed: it is not due again. So
							// another --force asks for the same buckets, but not in windows of their own.
							want, got = asked(ledger), asked(short)
						}
						if want, got := longest(attempts, grid.Range), reach(reduced[s]); want != got {
							t.Errorf("%s: answered at an age of %v, want %v:\n%s", s, got, want, loadtest.Recorded(attempts))
						}
						if diff := gocmp.Diff(want, got); diff != "" {
							if wrong++; wrong == 1 {
								t.Errorf("%s, range %s, now %s, finality %v, force %v:\n%sreduced to\n%splan of the ledger -, of what Known says +:\n%s",
									s, grid.Range, now, grid.Finality, force, loadtest.Recorded(attempts), story(reduced[s]), diff)
							}
						}
					}
					if wrong > 1 {
						t.Errorf("and %d more of %d series", wrong-1, len(ledger))
					}
				}
			})
		}
	}
}

// longest is the age of the oldest bucket that was accepted, when it was asked for, and reach what Known says of it.
func longest(attempts []flow.Attempt, within flow.Window) (age time.Duration) {
	for _, a := range attempts {
		if a.State == flow.Accepted && !a.Window.Intersect(within).Empty() {
			age = max(age, a.Sent.At.Sub(a.Window.Begin).Truncate(time.Second))
		}
	}
	return age
}

func reach(known []flow.Known) (age time.Duration) {
	for _, k := range known {
		age = max(age, k.Reach)
	}
	return age
}

// asked is the union of the windows.
func asked(tasks []pipeline.Task) string {
	var out []flow.Window
	for _, t := range tasks {
		if n := len(out); n > 0 && out[n-1].End.Equal(t.Window.Begin) {
			out[n-1].End = t.Window.End
		} else {
			out = append(out, t.Window)
		}
	}
	return fmt.Sprint(out)
}

func story(known []flow.Known) string {
	var b strings.Builder
	for _, k := range known {
		fmt.Fprintf(&b, "  v%d %s %s sent %s failures %d\n", k.Sent.Version, k.State, k.Window, k.Sent.At.Format(time.RFC3339Nano), k.Failures)
	}
	return b.String()
}

// However many passes there were, what is known of a series without holes is a handful of ranges; and each of 30 series comes once, with all
// of its ranges, merged and single ones.
func TestKnownIsSmallAndWhole(t *testing.T) {
	w, _ := open(t)
	start, version := at("2026-01-01"), uint64(0)
	var all []flow.Attempt
	for _, s := range loadtest.AllSeries("main", flow.Hourly) {
		for pass := range 100 { // one an hour, each with the hours of the last two days
			sent := start.Add(time.Duration(48+pass) * time.Hour)
			version++
			all = append(all, flow.Attempt{
				Series: s, Calendar: hours, Window: flow.Window{Begin: sent.Add(-48 * time.Hour), End: sent}, State: flow.Accepted, Answered: sent, Sent: flow.Stamp{At: sent, Version: version},
			})
		}
		for hour := range 24 { // and a day that came hour by hour, each beside the other
			begin := start.Add(time.Duration(hour-48) * time.Hour)
			version++
			all = append(all, flow.Attempt{
				Series: s, Calendar: hours, Window: flow.Window{Begin: begin, End: begin.Add(time.Hour)}, State: flow.Accepted, Answered: start,
				Sent: flow.Stamp{At: start.Add(48 * time.Hour), Version: version},
			})
		}
		version++
		all = append(all, flow.Attempt{
			Series: s, Calendar: hours, Window: flow.Window{Begin: start.Add(-5 * time.Hour), End: start}, State: flow.Failed, Class: flow.Suspect, Failures: 3,
			Answered: start, Sent: flow.Stamp{At: start.Add(time.Hour), Version: version},
		})
	}
	must(t, w.Write(t.Context(), newRun(), all, make([][]flow.Held, len(all))))
	within := flow.Window{Begin: start.Add(-72 * time.Hour), End: start.Add(200 * time.Hour)}
	got := known(t, w, "main", hours, within, 6*time.Hour)
	if len(got) != 30 {
		t.Errorf("%d series, want 30", len(got))
	}
	for s, k := range got {
		states := map[flow.State]int{}
		var covered flow.Window
		for _, one := range k {
			states[one.State]++
			if one.State == flow.Accepted && one.Window.Begin.Before(start) {
				if want := (flow.Window{Begin: start.Add(-48 * time.Hour), End: start.Add(-24 * time.Hour)}); one.Window != want {
					t.Fatalf("%s: the day that came hour by hour is %s, want it whole, %s", s, one.Window, want)
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
			Series: s, Calendar: hours, Window: flow.Window{Begin: start, End: sent}, State: flow.Failed, Class: flow.Refused, Failures: pass + 1, Answered: sent,
			Sent: flow.Stamp{At: sent, Version: uint64(pass + 1)},
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
			Series: named(account, g, flow.Total), Calendar: c, Window: flow.Window{Begin: c.DateStart(at(begin)), End: c.DateStart(at(end))},
			State: flow.Accepted, Answered: sent, Sent: flow.Stamp{At: sent, Version: version},
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
	for _, tt := range []struct {
		name     string
		account  string
		calendar flow.Calendar
		within   flow.Window
		want     []string
	}{
		{"days of Shanghai", "main", flow.NewCalendar(flow.Daily, shanghai), flow.Window{Begin: at("2025-12-01"), End: at("2026-04-01")}, []string{all[0].Window.String()}},
		{"days of Berlin", "main", flow.NewCalendar(flow.Daily, berlin), flow.Window{Begin: at("2025-12-01"), End: at("2026-04-01")}, []string{all[1].Window.String()}},
		{"days of Paris", "main", flow.NewCalendar(flow.Daily, zone(t, "Europe/Paris")), flow.Window{Begin: at("2025-12-01"), End: at("2026-04-01")}, nil},
		{"hours of every zone", "main", flow.NewCalendar(flow.Hourly, berlin), flow.Window{Begin: at("2025-12-01"), End: at("2026-04-01")}, []string{all[2].Window.String(), all[3].Window.String()}},
		{"hours that overlap the range", "main", flow.NewCalendar(flow.Hourly, berlin), flow.Window{Begin: at("2026-01-02T16:00"), End: at("2026-01-04T23:00")}, nil},
		{"hours that just overlap it", "main", flow.NewCalendar(flow.Hourly, berlin), flow.Window{Begin: at("2026-01-02T15:00"), End: at("2026-01-05T00:00")}, []string{all[2].Window.String(), all[3].Window.String()}},
		{"nobody's", "nobody", flow.NewCalendar(flow.Hourly, berlin), flow.Window{Begin: at("2025-12-01"), End: at("2026-04-01")}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, k := range known(t, w, tt.account, tt.calendar, tt.within, 24*time.Hour)[named(tt.account, tt.calendar.Granularity(), flow.Total)] {
				if k.State != flow.Accepted || !k.Sent.At.Equal(sent) {
					t.Errorf("%+v, want it accepted and sent at %s", k, sent)
				}
				got = append(got, k.Window.String())
			}
			slices.Sort(got)
			if diff := gocmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	stop := errors.New("enough")
	calls := 0
	err := w.Known(t.Context(), "main", flow.NewCalendar(flow.Daily, shanghai), flow.Window{Begin: at("2025-12-01"), End: at("2026-04-01")}, time.Hour, func(flow.Series, []flow.Known) error {
		calls++
		return stop
	})
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%v after %d calls, want the caller's error after one", err, calls)
	}
}
