package load_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
	"github.com/mnaflow/mnaflow/internal/pipeline"
)

// ledgers is what random attempts are drawn for.
type ledgers struct {
	*rand.Rand
	pipeline.Grid
	origin  time.Time // where windows begin, and so many buckets on
	buckets int
	now     time.Time
	version uint64 // of the last attempt
}

// draw draws attempts at random windows of a series, with versions and times that mostly agree: clocks differ.
func (l *ledgers) draw(s flow.Series) []flow.Attempt {
	var out []flow.Attempt
	for range l.IntN(16) {
		begin := l.Calendar.Skip(l.origin, l.IntN(l.buckets))
		w := flow.Window{Begin: begin, End: l.Calendar.Skip(begin, 1+l.IntN(l.buckets/3))}
		if len(out) > 0 && l.IntN(3) == 0 {
			w = out[l.IntN(len(out))].Window // the same again
		}
		l.version += 1 + l.Uint64N(3)
		a := flow.Attempt{Series: s, Calendar: l.Calendar, Window: w, State: flow.Accepted, Answered: l.now}
		a.Sent = flow.Stamp{At: l.sent(w), Version: l.version}
		switch l.IntN(7) {
		case 0, 1:
			a.State, a.Failures = flow.Failed, l.IntN(4)
			a.Class = []flow.Class{flow.Suspect, flow.Disagrees, flow.Refused, flow.Transient}[l.IntN(4)]
		case 2:
			a.State, a.Class = flow.Unavailable, flow.Refused
		}
		out = append(out, a)
	}
	// Written in another order than sent.
	l.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// sent is when a window was asked for.
func (l *ledgers) sent(w flow.Window) time.Time {
	day := flow.NewCalendar(flow.Daily, l.Calendar.Zone())
	switch l.IntN(4) {
	case 0: // exactly when a bucket of it becomes final, or a millisecond before
		return day.Next(day.Floor(w.Begin)).Add(l.Finality - time.Duration(l.IntN(2))*time.Millisecond)
	case 1: // shortly before now
		return l.now.Add(-time.Duration(l.IntN(180)) * time.Minute)
	}
	return l.now.Add(-time.Duration(l.Int64N(int64(20*24*time.Hour/time.Millisecond))) * time.Millisecond)
}

// asKnown is the whole ledger as planning takes it. What lies outside the range is left out, as LedgerSpans
// promises: it would only tell a gap from what is newer than everything.
func asKnown(attempts []flow.Attempt, within flow.Window) []flow.LedgerSpan {
	var out []flow.LedgerSpan
	for _, a := range attempts {
		if a.Window.Intersect(within).Empty() {
			continue
		}
		out = append(out, flow.LedgerSpan{
			Window: a.Window, State: a.State, Class: a.Class, Failures: a.Failures, Sent: a.Sent,
		})
	}
	return out
}

// What LedgerSpans reduces the ledger to gives the same plan as the whole ledger, whatever is in it.
func TestKnownPlansAsTheLedger(t *testing.T) {
	w, _ := open(t)
	for i, name := range append(zones, "UTC") {
		for _, g := range flow.Granularities() {
			t.Run(name+" "+string(g), func(t *testing.T) {
				r := rand.New(rand.NewPCG(uint64(i), 7))
				knownPlansAsTheLedger(t, w, r, name, g)
			})
		}
	}
}

func knownPlansAsTheLedger(t *testing.T, w *loadtest.Warehouse, r *rand.Rand, zoneName string, g flow.Granularity) {
	t.Helper()
	c := flow.NewCalendar(g, zone(t, zoneName))
	origins := []string{"2026-03-25T12:00", "2025-10-24T12:00", "2018-10-31T12:00", "2018-02-14T12:00"}
	origin := c.Floor(at(origins[r.IntN(len(origins))]))
	const buckets = 60
	grid := pipeline.Grid{
		Calendar: c, Range: flow.Window{Begin: c.Skip(origin, 10), End: c.Skip(origin, 10+buckets)}, Refresh: time.Hour,
		Finality: []time.Duration{36 * time.Hour, 120 * time.Hour, 25 * time.Hour}[r.IntN(3)], MaxBuckets: 25,
	}
	now := grid.Range.End.Add(time.Duration(r.IntN(5*24*60)) * time.Minute)
	drawn := ledgers{r, grid, origin, buckets + 20, now, 1000}
	account := zoneName + " " + string(g)
	ledger := map[flow.Series][]flow.Attempt{}
	var all []flow.Attempt
	for _, s := range loadtest.AllSeries(account, g) {
		ledger[s] = drawn.draw(s)
		all = append(all, ledger[s]...)
	}
	must(t, w.Write(t.Context(), newRun(), all, make([][]flow.Held, len(all))))
	for _, force := range []bool{false, true} {
		grid.Force = force
		reduced := known(t, w, account, c, grid.Range, grid.Finality)
		wrong := 0
		for s, attempts := range ledger {
			grid.Series = s
			whole := pipeline.Plan(grid, asKnown(attempts, grid.Range), now)
			short := pipeline.Plan(grid, reduced[s], now)
			want, got := planned(whole), planned(short)
			if force {
				// Of a range that is final throughout, LedgerSpans leaves out that a forced reload of it failed: it
				// is not due again. So another --force asks for the same buckets, but not in windows of their own.
				want, got = asked(whole), asked(short)
			}
			if want, got := longest(attempts, grid.Range), reach(reduced[s]); want != got {
				t.Errorf("%s: answered at an age of %v, want %v:\n%s", s, got, want, loadtest.Recorded(attempts))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				if wrong++; wrong == 1 {
					t.Errorf("%s, range %s, now %s, finality %v, force %v:\n%sreduced to\n%s"+
						"plan of the ledger -, of what Known says +:\n%s",
						s, grid.Range, now, grid.Finality, force, loadtest.Recorded(attempts), story(reduced[s]), diff)
				}
			}
		}
		if wrong > 1 {
			t.Errorf("and %d more of %d series", wrong-1, len(ledger))
		}
	}
}

func planned(tasks []pipeline.Task) string {
	var b strings.Builder
	for _, t := range tasks {
		fmt.Fprintf(&b, "%s ×%d %s%s after %d\n", t.Window, t.Buckets, t.Due, t.Doubt, t.Failures)
	}
	return b.String()
}

// longest is the age of the oldest bucket that was accepted, when it was asked for, and reach what LedgerSpans says
// of it.
func longest(attempts []flow.Attempt, within flow.Window) (age time.Duration) {
	for _, a := range attempts {
		if a.State == flow.Accepted && !a.Window.Intersect(within).Empty() {
			age = max(age, a.Sent.At.Sub(a.Window.Begin).Truncate(time.Second))
		}
	}
	return age
}

func reach(known []flow.LedgerSpan) (age time.Duration) {
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
