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
			again := gather(b.all, s, whole, func(o observation) bool { return o.repeated == step+1 })
			writeGroups(t, w, db, []group{again})
		}
	}
	var settings []flow.Setting
	for _, one := range b.all {
		settings = append(settings, setting(one.series, at("2025-12-01"), one.calendar.Zone(), time.Hour))
	}
	must(t, w.Configure(t.Context(), settings, at("2026-05-01")))
}

// Whatever is observed, in whatever order it is written, with whatever a crash cut short and the repetition of it: the
// views end as a simple model does.
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
	facts := table(t, db, fmt.Sprintf(factsQuery, "flow_hourly", hourOf))
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

// certain cuts off what depends on who came first. A late writer cannot know whether the value before was final. Of two
// that compare before either writes, one takes the other's answer for a confirmation, and the next pass enters the
// change with the answer after it.
func (b batch) certain(revision string) string {
	switch {
	case b.races:
		revision, _, _ = strings.Cut(revision, " at ")
	case b.shuffled:
		revision, _, _ = strings.Cut(revision, " was_final")
	}
	return revision
}
