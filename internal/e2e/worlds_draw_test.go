package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/chlocal"
)

// draw makes the world of a seed.
func draw(seed uint64) drawn {
	d := dice{Rand: rand.New(rand.NewPCG(seed, 0x77_6f_72_6c_64))}
	at := d.IntN(360 * 24 * 60) // of these minutes the hour counts: nothing settles while the last passes run
	d.end = time.Date(2025, 1, 5, at/60, 32+at%15, 0, 0, time.UTC)
	w := drawn{seed: seed, end: d.end, span: time.Duration(6+d.IntN(16)) * 24 * time.Hour}
	w.from, w.own = d.setup(), d.one(12)
	for _, name := range []string{"main", "other"} {
		w.accounts = append(w.accounts, account{name, d.settings(w.from.finality)})
	}
	if w.own {
		w.profile = some(d, d.IntN(6), oddities()...)
	}
	n := 3 + d.IntN(6)
	now := w.from
	step := w.span / time.Duration(n+1)
	w.events = append(w.events, event{kind: passes, pass: d.command()})
	for range n {
		e := d.event(&now)
		e.after = step/2 + time.Duration(d.Int64N(int64(step)))
		w.events = append(w.events, e)
		if e.kind != passes && e.kind != beside { // what changed is seen
			w.events = append(w.events, event{
				kind: passes, after: time.Duration(20+d.IntN(600)) * time.Minute, pass: d.command(),
			})
		}
	}
	w.plot()
	// Once the warehouse has been ahead, two programs at once are stamped from the same moment, and nothing tells which
	// of them asked last.
	was := false
	for i := range w.events {
		e := &w.events[i]
		if was = was || e.pass.ahead > 0; was && e.kind == beside {
			e.kind = passes
		}
		if e.kind == beside {
			e.pass.ahead = 0
		}
		commands := []*command{&e.pass}
		for i := range e.others {
			e.others[i].pass.ahead = 0
			commands = append(commands, &e.others[i].pass)
		}
		for _, c := range commands {
			if w.own && c.cut {
				c.cut, c.anew = false, true
			}
		}
	}
	return w
}

// lacks says whether a kind of fault leaves points out.
func lacks(kind string) bool {
	return slices.Contains([]string{"drop_one", "drop_fifth", "empty"}, kind)
}

// oddities are settings of a profile that change what a query means, for queries that do not mind.
func oddities() (out []chlocal.Setting) {
	for _, pair := range [][2]string{
		{"join_use_nulls", "1"}, {"transform_null_in", "1"}, {"union_default_mode", "DISTINCT"},
		{"group_by_use_nulls", "1"}, {"aggregate_functions_null_for_empty", "1"}, {"max_block_size", "13"},
		{"session_timezone", "Asia/Tokyo"}, {"prefer_column_name_to_alias", "1"}, {"data_type_default_nullable", "1"},
		{"cast_keep_nullable", "1"}, {"date_time_output_format", "iso"}, {"join_algorithm", "partial_merge"},
		{"async_insert", "1"}, {"insert_null_as_default", "0"}, {"use_variant_as_common_type", "1"},
		{"any_join_distinct_right_table_keys", "1"}, {"max_execution_time", "60"}, {"max_threads", "1"},
	} {
		out = append(out, chlocal.Setting{Name: pair[0], Value: pair[1]})
	}
	return out
}

// dice draw parts of a world.
type dice struct {
	*rand.Rand
	end time.Time
}

func pick[T any](d dice, from ...T) T { return from[d.IntN(len(from))] }

// some picks n of them, in their order.
func some[T any](d dice, n int, from ...T) []T {
	var out []T
	for i, v := range from {
		if d.IntN(len(from)-i) < n-len(out) {
			out = append(out, v)
		}
	}
	return out
}

func (d dice) one(in int) bool { return d.IntN(in) == 0 }

func (d dice) setup() setup {
	s := setup{
		accounts:  some(d, 1+d.IntN(2), "main", "other"),
		zone:      pick(d, "Asia/Shanghai", "Asia/Shanghai", "UTC", "Asia/Kolkata", "America/Bogota"),
		regions:   some(d, 1+d.IntN(3), "ALL", "MC", "AP", "EU", "AM"),
		traffic:   some(d, 1+d.IntN(2), "uplink", "downlink", "total"),
		gateways:  []string{pick(d, "public", "private")},
		settle:    [2]time.Duration{pick(d, 0, 15*time.Minute, 3*time.Hour), pick(d, 2*time.Hour, 8*time.Hour)},
		refresh:   [2]time.Duration{pick(d, 30*time.Minute, 4*time.Hour), pick(d, 6*time.Hour, 12*time.Hour)},
		finality:  1 + d.IntN(5),
		maxWindow: [2]int{pick(d, 2, 7, 31, 100), pick(d, 5, 30, 366)}, rate: pick(d, 60, 200, 400),
	}
	s.settle[0] = max(s.settle[0], 15*time.Minute)
	s.start = d.end.AddDate(0, 0, -30-d.IntN(40)).Format(time.DateOnly)
	return s
}

// settings are an API's. Late data come within the finality.
func (d dice) settings(finality int) apisim.Settings {
	s := unlimited()
	s.Growth = apisim.Duration(d.IntN(24*finality)) * apisim.Duration(time.Hour)
	s.Fractional, s.Exponent, s.TimeAsNumber, s.NullEmpty = d.one(6), d.one(6), d.one(6), d.one(2)
	s.PointBeforeBegin, s.EndInclusive = d.one(6), d.one(6)
	if d.one(3) {
		s.MaxSpanHourly = days(1 + d.IntN(12))
	}
	if d.one(4) {
		s.MaxSpanDaily = days(3 + d.IntN(12))
	}
	if d.one(3) {
		s.RetentionHourly = days(8 + d.IntN(50))
	}
	if d.one(5) {
		s.RetentionDaily = days(8 + d.IntN(50))
	}
	if d.one(3) {
		by := &s.RetentionByRegion
		for _, r := range []*apisim.Retention{&by.ALL, &by.MC, &by.AP, &by.EU, &by.AM} {
			if d.one(2) {
				r.Hourly = days(8 + d.IntN(50))
			}
			if d.one(3) {
				r.Daily = days(8 + d.IntN(50))
			}
		}
	}
	return s
}

func (d dice) event(now *setup) event {
	switch n := d.IntN(20); {
	case n < 8:
		return event{kind: passes, pass: d.command()}
	case n < 10:
		e := event{kind: beside, pass: d.command(), others: []meanwhile{{pass: d.command()}}}
		if e.pass.point == "" || e.pass.point == "before request" {
			e.pass.point, e.pass.nth = pick(d, points()[1:]...), 1
		}
		e.pass.cut, e.pass.lost = false, ""
		return e
	case n < 14:
		return d.restatement(now)
	case n < 17:
		return d.fault(now)
	case n < 18:
		return event{kind: healed}
	default:
		return event{kind: configure, setup: d.change(now)}
	}
}

func (d dice) command() command {
	c := command{args: []string{"run"}}
	switch d.IntN(9) {
	case 8:
		c.args = []string{"schedule"}
	case 0:
		c.args = []string{"backfill", "--from", fmt.Sprintf("-%dd", 2+d.IntN(40))}
	case 1:
		c.args = []string{"backfill", "--force", "--from", fmt.Sprintf("-%dd", 2+d.IntN(12))}
	case 2:
		c.args = []string{
			"backfill", "--force", "--from", fmt.Sprintf("-%dd", 5+d.IntN(12)), "--to", fmt.Sprintf("-%dd", 1+d.IntN(4)),
		}
	}
	if d.one(3) {
		c.point, c.nth = d.point()
		if c.killed = d.one(2); !c.killed {
			c.cut = true
		}
		if c.killed && d.one(3) {
			c.ahead = time.Duration(1+d.IntN(1000)) * time.Hour
		}
	} else if d.one(6) {
		c.lost = pick(d, "history", "facts", "ledger", "run_states")
	}
	if d.one(5) {
		c.offset = time.Duration(d.IntN(480)-240) * time.Second
	}
	return c
}

// point is a place in a pass. It has many requests, mostly one batch, and a state at its start and at its end.
func (d dice) point() (string, int) {
	switch point := pick(d, points()...); {
	case strings.HasSuffix(point, "request"), strings.HasSuffix(point, "answer"):
		return point, 1 + d.IntN(8)
	case strings.HasSuffix(point, "run_states"), d.one(6):
		return point, 1 + d.IntN(2)
	default:
		return point, 1
	}
}

// restatement changes what no series has been declared final of.
func (d dice) restatement(now *setup) event {
	e := event{kind: restate, on: d.IntN(2), days: [2]int{d.IntN(now.finality), 1 + d.IntN(6)}}
	switch d.IntN(4) {
	case 0:
		e.what.Remove = true
		e.days[1] = 1
	case 1:
		e.what.Restore = true
		e.days[1] = 24
	default:
		e.what.Factor = &apisim.Ratio{Num: uint64(d.IntN(20)), Den: 10}
	}
	e.what.Region = pick(d, append(slices.Clone(now.regions), "")...)
	e.what.Direction = pick(d, "", "", "uplink", "downlink")
	return e
}

// fault makes the API, or the way to it, fail until all is healed or the fault is used up.
func (d dice) fault(now *setup) event {
	e := event{kind: faulty, on: d.IntN(2)}
	e.fault.Match = apisim.Match{
		Granularity: pick(d, "", "hourly", "daily"),
		Region:      pick(d, append(slices.Clone(now.regions), "")...),
	}
	e.fault.Count = pick(d, 0, 1, 3, 20)
	switch d.IntN(4) {
	case 0: // the way
		e.fault.Kind = pick(d, "html502", "reset", "reset_body", "truncate", "garbage", "empty_object", "null_response")
	case 1: // a coded error
		e.fault.Kind = "error"
		e.fault.Code = pick(d, "InternalError", "RequestLimitExceeded", "ResourceUnavailable", "InvalidParameter",
			"FailedOperation")
		if e.fault.Code == "RequestLimitExceeded" { // the program asks until it is answered
			e.fault.Count = 1 + d.IntN(8)
		}
	case 2: // a bucket, whatever window it is in
		e.fault.Kind = "error"
		e.fault.Code = pick(d, "InvalidParameterValue", "InternalError.MonitorDataRequestError",
			"ResponseSizeLimitExceeded")
		e.days = [2]int{d.IntN(20), 1 + d.IntN(23)}
	case 3: // an answer that disagrees with itself, or lacks more than can be believed, or is written otherwise
		e.fault.Kind = pick(d, "duplicate_other", "far_outside", "time_not_number", "negative", "drop_one", "drop_fifth",
			"empty", "drop_fifth", "empty", "shuffle", "duplicate_same", "before_window", "after_window", "current_string")
		consistent := d.one(2)
		e.fault.Consistent = &consistent
	}
	return e
}

// change changes one thing of the configuration, which holds from then on.
func (d dice) change(now *setup) setup {
	switch d.IntN(6) {
	case 0, 1:
		now.regions = some(d, 1+d.IntN(3), "ALL", "MC", "AP", "EU", "AM")
	case 2:
		now.accounts = some(d, 1+d.IntN(2), "main", "other")
	case 3:
		now.zone = pick(d, "Asia/Shanghai", "UTC", "Asia/Kolkata", "America/Bogota")
	case 4:
		now.start = d.end.AddDate(0, 0, -30-d.IntN(60)).Format(time.DateOnly)
	case 5:
		now.finality += 1 + d.IntN(2)
	}
	return *now
}
