package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// A plot is a few events in a row that chance alone brings together once in hundreds of worlds. Two of three worlds
// have one; every third is left to chance. It has dice of its own, so that the rest of the world stays what it was.
func (w *drawn) plot() {
	if w.seed%3 == 1 {
		return
	}
	d := dice{rand.New(rand.NewPCG(w.seed, 0x70_6c_6f_74)), w.end}
	var passed []int // after which passes it may begin: something is stored by then
	for i, e := range w.events {
		if e.kind == passes && i > 0 {
			passed = append(passed, i)
		}
	}
	if len(passed) == 0 {
		return
	}
	at := pick(d, passed...) + 1
	now := w.from
	for _, e := range w.events[:at] {
		if e.kind == configure {
			now = e.setup
		}
	}
	w.events = slices.Insert(w.events, at, pick(d, lacking, failing, slow, overtaking)(d, now)...)
}

// hit is a fault of every request to one of the accounts that are configured.
func (d dice) hit(now setup, kind string) event {
	e := event{kind: faulty, after: d.soon(), fault: apisim.Fault{Kind: kind}}
	if pick(d, now.accounts...) == "other" {
		e.on = 1
	}
	return e
}

func (d dice) soon() time.Duration { return time.Duration(10+d.IntN(50)) * time.Minute }

// forcing is a forced backfill that reaches back beyond what is final.
func (d dice) forcing(now setup) command {
	return command{args: []string{"backfill", "--force", "--from", fmt.Sprintf("-%dd", now.finality+3+d.IntN(8))}}
}

// lacking: answers lack much of what the warehouse holds and agree with themselves, or lack a point and do not.
func lacking(d dice, now setup) []event {
	again := event{kind: passes, after: d.soon(), pass: d.forcing(now)}
	if d.one(2) {
		again = event{kind: passes, after: 9 * time.Hour, pass: command{args: []string{"run"}}}
	}
	lie := d.hit(now, pick(d, "drop_fifth", "empty", "drop_one"))
	consistent := lie.fault.Kind != "drop_one"
	lie.fault.Consistent = &consistent
	return []event{lie, again, {kind: healed, after: d.soon()}}
}

// failing: a forced backfill fails where answers have been accepted, some of them final. Another pass comes soon.
func failing(d dice, now setup) []event {
	no := d.hit(now, pick(d, "error", "error", "html502", "duplicate_other", "negative"))
	if no.fault.Kind == "error" {
		no.fault.Code = pick(d, "InvalidParameter", "FailedOperation", "InternalError")
	}
	return []event{
		no, {kind: passes, after: d.soon(), pass: d.forcing(now)},
		{kind: healed, after: d.soon()}, {kind: passes, after: d.soon(), pass: command{args: []string{"run"}}},
	}
}

// slow: the way to the API fails at a pace that shows whether retries keep to it.
func slow(d dice, now setup) []event {
	slower := now
	slower.rate = 20
	out := d.hit(now, pick(d, "html502", "reset", "garbage"))
	return []event{
		{kind: configure, after: d.soon(), setup: slower}, out, {kind: passes, after: d.soon(), pass: d.forcing(now)},
		{kind: healed, after: d.soon()}, {kind: configure, setup: now},
	}
}

// overtaking: a value changes, one program sees it and stays, the value goes back, and others overtake the first.
func overtaking(d dice, now setup) []event {
	change := event{kind: restate, after: d.soon(), days: [2]int{1, 3 + d.IntN(4)}}
	change.what.Factor = &apisim.Ratio{Num: uint64(11 + d.IntN(20)), Den: 10}
	if d.one(3) { // few enough to be believed
		change.what, change.days[1] = apisim.Restatement{Remove: true}, 1
	}
	change.what.Region = pick(d, now.regions...)
	if pick(d, now.accounts...) == "other" {
		change.on = 1
	}
	back, again := change, change // they are older by then
	back.what, back.days, back.after = apisim.Restatement{Restore: true}, [2]int{2, 48}, 0
	again.what.Factor, again.what.Remove, again.days, again.after = &apisim.Ratio{Num: 7, Den: 2}, false, [2]int{2, 48}, 0
	first := event{kind: beside, after: d.soon(), pass: d.forcing(now), others: []meanwhile{{&back, d.forcing(now)}}}
	first.pass.point = pick(d, "before compare", "after compare", "after compare", "before history", "before facts")
	first.pass.nth = 1
	if d.one(2) {
		first.others = append(first.others, meanwhile{&again, d.forcing(now)})
	}
	pass := event{kind: passes, after: d.soon(), pass: d.forcing(now)}
	return []event{pass, change, first, pass}
}
