package load_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
	"github.com/mnaflow/mnaflow/load"
)

// effect says how far the writing of an observation comes.
type effect string

const (
	whole         effect = "whole"
	twice         effect = "twice"          // each insert is repeated
	beforeHistory effect = "before history" // a crash
	afterHistory  effect = "after history"  // a crash
	afterFacts    effect = "after facts"    // a crash
)

// observation is one accepted answer on its way into the warehouse.
type observation struct {
	flow.Attempt
	effect   effect
	run      string
	repeated int // after a crash, the step in which all of it is written again, whatever came in between; 0: never
}

func (o observation) crashed() bool { return o.effect != whole && o.effect != twice }

// lost says that nothing was ever written of it.
func (o observation) lost() bool { return o.effect == beforeHistory && o.repeated == 0 }

// writing is a sequence of observations of one series, in the order in which they are written.
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

// kind of writings, by what may happen to them.
type kind struct {
	name     string
	shuffled bool // written in another order than sent
	crashes  bool
	repeats  bool // what a crash cut short is written again later
	races    bool // two writers look before either writes
}

// batch is of writings that are made side by side, so that one statement serves them all.
type batch struct {
	kind
	all []writing
}

const (
	storeSteps = 8
	storeBatch = 24
	favourite  = 7 // so that confirmations happen
	halfway    = storeSteps / 2
)

// sentAt is when the request of a version was sent.
func sentAt(version int) time.Time {
	return at("2026-04-01").Add(time.Duration(version)*time.Hour + time.Duration(version)*time.Millisecond)
}

// draft is an observation before it has its place in a sequence.
type draft struct {
	from   int // bucket
	values []int64
	final  bool
	effect effect
	again  bool // if the one before was cut short, the next pass asks for its window again, and gets the same answer
	soon   bool // what a crash cut short is repeated halfway, if it is, and not only at the end
}

func drafts(k kind) *rapid.Generator[draft] {
	effects := []effect{whole, twice}
	if k.crashes {
		effects = append(effects, beforeHistory, afterHistory, afterFacts)
	}
	value := rapid.OneOf(rapid.Just[int64](favourite), rapid.Int64Range(absent, 2))
	return rapid.Custom(func(t *rapid.T) draft {
		from := rapid.IntRange(0, 2).Draw(t, "from")
		return draft{
			from: from, values: rapid.SliceOfN(value, 1, 4-from).Draw(t, "values"), final: rapid.Bool().Draw(t, "final"),
			effect: rapid.SampledFrom(effects).Draw(t, "effect"), again: rapid.Bool().Draw(t, "again"), soon: rapid.Bool().Draw(t, "soon"),
		}
	})
}

// writings are hourly or daily, in one of many zones, across a year, which is two partitions, or where the clock changes.
func writings(k kind) *rapid.Generator[writing] {
	return rapid.Custom(func(t *rapid.T) writing {
		g := rapid.SampledFrom(flow.Granularities()).Draw(t, "granularity")
		c := flow.NewCalendar(g, zone(t, rapid.SampledFrom(zones).Draw(t, "zone")))
		origin := c.Floor(at(rapid.SampledFrom([]string{"2025-12-30T12:00", "2026-03-27T12:00"}).Draw(t, "origin")))
		w := writing{series: named("", g, flow.Total), calendar: c}
		all := rapid.SliceOfN(drafts(k), 1, storeSteps).Draw(t, "observations")
		var versions []int
		for step := range all {
			versions = append(versions, step+1)
		}
		if k.shuffled {
			versions = rapid.Permutation(versions).Draw(t, "versions")
		}
		for step, d := range all {
			version := versions[step]
			o := observation{effect: d.effect, run: runID(step)}
			o.Attempt = answer(w.series, c, c.Skip(origin, d.from), uint64(version), sentAt(version), d.final, d.values...)
			if d.again && step > 0 && w.steps[step-1].crashed() {
				o.Window, o.Extract = w.steps[step-1].Window, w.steps[step-1].Extract
			}
			if k.repeats && o.crashed() {
				o.repeated = storeSteps
				if d.soon {
					o.repeated = halfway * (step/halfway + 1)
				}
			}
			w.steps = append(w.steps, o)
		}
		return w
	})
}

func drawBatch(t *rapid.T, k kind) batch {
	b := batch{kind: k, all: rapid.SliceOfN(writings(k), 1, storeBatch).Draw(t, "writings")}
	for i := range b.all {
		w := &b.all[i]
		w.series.Account = fmt.Sprintf("account %02d", i)
		for step := range w.steps {
			w.steps[step].Series = w.series
		}
	}
	return b
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
		if step < len(w.steps) && picked(w.steps[step]) {
			g.attempts = append(g.attempts, w.steps[step].Attempt)
		}
	}
	return g
}

// writeGroups looks for all groups, and then writes them.
func writeGroups(t loadtest.Tester, w *loadtest.Warehouse, db driver.Conn, groups []group) {
	t.Helper()
	groups = slices.DeleteFunc(groups, func(g group) bool { return len(g.attempts) == 0 })
	for i := range groups {
		var err error
		groups[i].held, err = w.Compare(t.Context(), groups[i].attempts)
		must(t, err)
	}
	for _, g := range groups {
		store := func() error { return w.Write(t.Context(), g.run, g.attempts, g.held) }
		crash := func(before ...string) {
			for _, table := range before {
				execute(t, db, "ALTER TABLE "+table+" ADD CONSTRAINT crash CHECK 0")
				defer execute(t, db, "ALTER TABLE "+table+" DROP CONSTRAINT crash")
			}
			if err := store(); flow.ClassOf(err) != flow.Warehouse {
				t.Fatalf("%s refuse every row: %v, want an error of class warehouse", before, err)
			}
		}
		switch g.effect {
		case beforeHistory:
			crash("history", "facts") // an answer without a change has nothing for history
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

// write writes the sequences of a batch side by side.
func (b batch) write(t loadtest.Tester, w *loadtest.Warehouse, db driver.Conn) {
	t.Helper()
	stride := 1
	if b.races {
		stride = 2
	}
	for step := 0; step < storeSteps; step += stride {
		var groups []group
		for s := step; s < step+stride; s++ {
			for _, e := range []effect{whole, twice, beforeHistory, afterHistory, afterFacts} {
				groups = append(groups, gather(b.all, s, e, func(o observation) bool { return o.effect == e }))
			}
		}
		if step%4 == 2 {
			slices.Reverse(groups) // of two writers the later one may be the first to write
		}
		writeGroups(t, w, db, groups)
		for s := range step + 1 {
			writeGroups(t, w, db, []group{gather(b.all, s, whole, func(o observation) bool { return o.repeated == step+1 })})
		}
	}
	var settings []flow.Setting
	for _, one := range b.all {
		settings = append(settings, setting(one.series, at("2025-12-01"), one.calendar.Zone(), time.Hour))
	}
	must(t, w.Configure(t.Context(), settings, at("2026-05-01")))
}

// Whatever is observed, in whatever order it is written, with whatever a crash cut short and the repetition of it: the views end as a simple
// model does.
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
			rapid.Check(t, func(t *rapid.T) {
				for _, table := range load.Tables() {
					if table != "days" { // the same for all
						execute(t, db, "TRUNCATE TABLE "+table)
					}
				}
				b := drawBatch(t, k)
				b.write(t, w, db)
				b.compare(t, db, "written")
				execute(t, db, "OPTIMIZE TABLE history FINAL", "OPTIMIZE TABLE facts FINAL", "OPTIMIZE TABLE ledger FINAL")
				b.compare(t, db, "merged")
			})
		})
	}
}

// compare holds the views against the model.
func (b batch) compare(t loadtest.Tester, db driver.Conn, when string) {
	t.Helper()
	facts := table(t, db, fmt.Sprintf(factsQuery, "flow_hourly", `formatDateTime(hour, '%Y-%m-%dT%H:%i:%SZ', 'UTC')`))
	facts = append(facts, table(t, db, fmt.Sprintf(factsQuery, "flow_daily", "toString(day)"))...)
	got := map[string][2][]string{}
	for i, list := range [][]string{facts, table(t, db, revisionsQuery)} {
		for _, line := range list {
			account := line[:len("account 00")]
			pair := got[account]
			if i == 1 {
				line = b.certain(line)
			}
			pair[i] = append(pair[i], line)
			got[account] = pair
		}
	}
	for _, one := range b.all {
		facts, revisions := modelStore(one)
		for i := range revisions {
			revisions[i] = b.certain(revisions[i])
		}
		pair := got[one.series.Account]
		slices.Sort(pair[0])
		slices.Sort(pair[1])
		slices.Sort(revisions)
		if diff := gocmp.Diff([2][]string{facts, revisions}, pair); diff != "" {
			t.Fatalf("%s, %s: want -, got +:\n%s%s", one.series, when, one, diff)
		}
	}
	b.asOfEveryMoment(t, db)
}

// certain cuts what of a revision depends on who came first. A late writer cannot know whether the value before was final. Of two that looked
// before either wrote, one has taken the other's answer for a confirmation, and the next pass enters the change with the answer after it.
func (b batch) certain(revision string) string {
	switch {
	case b.races:
		revision, _, _ = strings.Cut(revision, " at ")
	case b.shuffled:
		revision, _, _ = strings.Cut(revision, " was_final")
	}
	return revision
}
