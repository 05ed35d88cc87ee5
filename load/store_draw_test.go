package load_test

import (
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/mnaflow/mnaflow/internal/flow"
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
		for _, f := range o.Transformed.Facts {
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
			effect: rapid.SampledFrom(effects).Draw(t, "effect"),
			again:  rapid.Bool().Draw(t, "again"), soon: rapid.Bool().Draw(t, "soon"),
		}
	})
}

// writings are hourly or daily, in one of many zones, across a new year, which is two partitions, or where the clock
// changes.
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
				o.Window, o.Transformed = w.steps[step-1].Window, w.steps[step-1].Transformed
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
