package load_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/load"
)

var hours = flow.NewCalendar(flow.Hourly, time.UTC)

// effect says how far the writing of an observation comes.
type effect string

const (
	whole        effect = "whole"
	twice        effect = "twice"         // each insert is repeated
	afterHistory effect = "after history" // a crash
	afterFacts   effect = "after facts"   // a crash
)

// observation is one accepted answer on its way into the warehouse.
type observation struct {
	flow.Attempt
	effect   effect
	run      string
	repeated int // after a crash, the step in which all of it is written again, whatever came in between; 0: never
}

// writing is a random sequence of observations of one series, in the order in which they are written.
type writing struct {
	series   flow.Series
	calendar flow.Calendar
	steps    []observation
}

func (w writing) String() string {
	var b strings.Builder
	for _, o := range w.steps {
		fmt.Fprintf(&b, "  v%d %s", o.Sent.Version, o.Window)
		for _, f := range o.Extract.Facts {
			if f.Reported {
				fmt.Fprintf(&b, " %d", f.Bytes)
			} else {
				b.WriteString(" –")
			}
			if f.Final {
				b.WriteString("f")
			}
		}
		fmt.Fprintf(&b, ", %s", o.effect)
		if o.repeated > 0 {
			fmt.Fprintf(&b, ", and all of it again with or after step %d", o.repeated)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// kind of random writings.
type kind struct {
	name     string
	shuffled bool // written in another order than sent
	crashes  bool
	repeats  bool // what a crash cut short is written again later
	races    bool // two writers look before either writes
}

const storeSteps = 8

// writings draws n sequences, each with an account of its own, hourly and daily in many zones.
func writings(n int, k kind) []writing {
	out := make([]writing, n)
	for i := range out {
		r := rand.New(rand.NewPCG(uint64(i), 1))
		g := flow.Granularities()[i%2]
		z, err := time.LoadLocation(zones[r.IntN(len(zones))])
		if err != nil {
			panic(err)
		}
		c := flow.NewCalendar(g, z)
		w := writing{series: named(fmt.Sprintf("%s %03d", k.name, i), g, flow.Total), calendar: c}
		origin := c.Floor(at("2025-12-30T12:00")) // across a year: two partitions
		if i%4 == 3 {
			origin = c.Floor(at("2026-03-27T12:00"))
		}
		versions := make([]int, storeSteps)
		for v := range versions {
			versions[v] = v + 1
		}
		if k.shuffled {
			r.Shuffle(len(versions), func(a, b int) { versions[a], versions[b] = versions[b], versions[a] })
		}
		var last *observation
		for step := range storeSteps {
			from := r.IntN(3)
			values := make([]int64, 1+r.IntN(4-from))
			for j := range values {
				values[j] = int64(r.IntN(4)) - 1
				if r.IntN(3) > 0 {
					values[j] = 7 // a favourite, so that confirmations happen
				}
			}
			version := uint64(versions[step])
			sent := at("2026-04-01").Add(time.Duration(version)*time.Hour + time.Duration(version)*time.Millisecond)
			o := observation{Attempt: answer(w.series, c, c.Skip(origin, from), version, sent, r.IntN(2) == 0, values...), effect: whole, run: runID(step)}
			if last != nil && last.effect != whole && last.effect != twice && r.IntN(5) > 0 {
				// After a crash the next pass asks for the window again, and mostly gets the same answer.
				o.Window, o.Extract = last.Window, last.Extract
			}
			switch r.IntN(5) {
			case 0:
				o.effect = twice
			case 1:
				if k.crashes {
					o.effect = afterHistory
				}
			case 2:
				if k.crashes {
					o.effect = afterFacts
				}
			}
			if k.repeats && (o.effect == afterHistory || o.effect == afterFacts) {
				o.repeated = []int{4 * (step/4 + 1), storeSteps}[r.IntN(2)]
			}
			w.steps = append(w.steps, o)
			last = &w.steps[step]
		}
		out[i] = w
	}
	return out
}

// group is what is written of one step at once.
type group struct {
	run      string
	effect   effect
	attempts []flow.Attempt
	held     [][]flow.Held
}

func gather(all []writing, step int, e effect, picked func(observation) bool) group {
	g := group{run: runID(step), effect: e}
	for _, w := range all {
		if picked(w.steps[step]) {
			g.attempts = append(g.attempts, w.steps[step].Attempt)
		}
	}
	return g
}

// writeGroups looks for all groups, and then writes them.
func writeGroups(t *testing.T, w *load.Warehouse, db driver.Conn, groups []group) {
	t.Helper()
	groups = slices.DeleteFunc(groups, func(g group) bool { return len(g.attempts) == 0 })
	for i := range groups {
		var err error
		groups[i].held, err = w.Held(t.Context(), groups[i].attempts)
		must(t, err)
	}
	for _, g := range groups {
		store := func() error { return w.Store(t.Context(), g.run, g.attempts, g.held) }
		crash := func(before string) {
			execute(t, db, "ALTER TABLE "+before+" ADD CONSTRAINT crash CHECK 0")
			if err := store(); flow.ClassOf(err) != flow.Warehouse {
				t.Fatalf("%s refuses every row: %v, want an error of class warehouse", before, err)
			}
			execute(t, db, "ALTER TABLE "+before+" DROP CONSTRAINT crash")
		}
		switch g.effect {
		case afterHistory:
			crash("facts")
		case afterFacts:
			crash("ledger")
		case twice:
			must(t, store())
			must(t, store())
		case whole:
			must(t, store())
		}
	}
}

// writeAll writes all sequences side by side, so that one statement serves them all.
func writeAll(t *testing.T, w *load.Warehouse, db driver.Conn, all []writing, k kind) {
	t.Helper()
	stride := 1
	if k.races {
		stride = 2
	}
	for step := 0; step < storeSteps; step += stride {
		var groups []group
		for s := step; s < step+stride; s++ {
			for _, e := range []effect{whole, twice, afterHistory, afterFacts} {
				groups = append(groups, gather(all, s, e, func(o observation) bool { return o.effect == e }))
			}
		}
		if step%4 == 2 {
			slices.Reverse(groups) // of two writers the later one may be the first to write
		}
		writeGroups(t, w, db, groups)
		for s := range step + 1 {
			writeGroups(t, w, db, []group{gather(all, s, whole, func(o observation) bool { return o.repeated == step+1 })})
		}
	}
	seen := map[string]bool{}
	var settings []flow.Setting
	for _, one := range all {
		if !seen[one.series.Account] {
			settings = append(settings, setting(one.series, at("2025-12-01"), one.calendar.Zone(), time.Hour))
		}
		seen[one.series.Account] = true
	}
	must(t, w.Configure(t.Context(), settings, at("2026-05-01")))
}

func TestStoreIsARegister(t *testing.T) {
	w, db := open(t)
	for _, k := range []kind{
		{name: "in order"},
		{name: "crashing", crashes: true},
		{name: "shuffled", shuffled: true},
		{name: "repeated", shuffled: true, crashes: true, repeats: true},
		{name: "racing", races: true},
	} {
		t.Run(k.name, func(t *testing.T) {
			all := writings(28, k)
			writeAll(t, w, db, all, k)
			inOrder := !k.shuffled && !k.races
			for _, when := range []string{"written", "merged"} {
				facts := table(t, db, fmt.Sprintf(factsQuery, "flow_hourly", `formatDateTime(hour, '%Y-%m-%dT%H:%i:%SZ', 'UTC')`), k.name)
				facts = append(facts, table(t, db, fmt.Sprintf(factsQuery, "flow_daily", "toString(day)"), k.name)...)
				revisions := table(t, db, revisionsQuery, k.name)
				got := map[string][2][]string{}
				for i, list := range [][]string{facts, revisions} {
					for _, line := range list {
						account := line[:len(k.name)+4]
						pair := got[account]
						if !inOrder && i == 1 {
							line, _, _ = strings.Cut(line, " was_final")
						}
						if k.races && i == 1 {
							line, _, _ = strings.Cut(line, " at ")
						}
						pair[i] = append(pair[i], line)
						got[account] = pair
					}
				}
				wrong := 0
				for _, one := range all {
					facts, revisions := modelStore(one, inOrder)
					if k.races {
						for i := range revisions {
							revisions[i], _, _ = strings.Cut(revisions[i], " at ")
						}
					}
					pair := got[one.series.Account]
					slices.Sort(pair[0])
					slices.Sort(pair[1])
					if diff := gocmp.Diff([2][]string{facts, revisions}, pair); diff != "" {
						if wrong++; wrong <= 2 {
							t.Errorf("%s, %s: want -, got +:\n%s%s", one.series, when, one, diff)
						}
					}
				}
				if wrong > 2 {
					t.Errorf("%s: and %d more of %d sequences", when, wrong-2, len(all))
				}
				asOfEveryMoment(t, db, all, k)
				execute(t, db, "OPTIMIZE TABLE history FINAL", "OPTIMIZE TABLE facts FINAL", "OPTIMIZE TABLE ledger FINAL")
			}
		})
	}
}
