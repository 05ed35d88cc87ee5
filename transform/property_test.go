package transform_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/transform"
)

// drawn is a consistent answer, with the facts that it should give.
type drawn struct {
	rules    transform.Rules
	window   flow.Window
	answer   flow.Answer
	inside   map[time.Time]flow.Point // by bucket
	outside  int
	repeated int
}

func draw(t *rapid.T, zones []*time.Location) drawn {
	g := rapid.SampledFrom(flow.Granularities()).Draw(t, "granularity")
	c := flow.NewCalendar(g, rapid.SampledFrom(zones).Draw(t, "zone"))
	begin := c.Floor(time.Unix(rapid.Int64Range(1_000_000_000, 2_000_000_000).Draw(t, "begin"), 0))
	length := rapid.IntRange(1, 60).Draw(t, "buckets")
	d := drawn{
		rules:  transform.Rules{Calendar: c, FinalBefore: c.Skip(begin, rapid.IntRange(0, length).Draw(t, "final"))},
		window: flow.Window{Begin: begin, End: c.Skip(begin, length)},
		inside: map[time.Time]flow.Point{},
	}
	add := func(bucket time.Time) flow.Point {
		p := flow.Point{Time: bucket, Bytes: rapid.Uint64Range(0, math.MaxUint64/128).Draw(t, "bytes"),
			Fractional: rapid.Bool().Draw(t, "fraction")}
		if g == flow.Hourly {
			p.Time = p.Time.Add(time.Duration(rapid.IntRange(0, 3599).Draw(t, "off")) * time.Second)
		}
		for copies := rapid.IntRange(1, 2).Draw(t, "copies"); copies > 0; copies-- {
			d.answer.Points = append(d.answer.Points, p)
		}
		return p
	}
	for b := range c.Buckets(d.window) {
		if rapid.Bool().Draw(t, "reported") {
			d.inside[b] = add(b)
		}
	}
	distinct := len(d.inside)
	for _, neighbour := range []time.Time{c.Floor(begin.Add(-1)), d.window.End} {
		if rapid.Bool().Draw(t, "neighbour") {
			add(neighbour)
			d.outside++
			distinct++
		}
	}
	d.repeated = len(d.answer.Points) - distinct
	var sum, most float64
	for _, p := range d.answer.Points {
		sum += float64(p.Bytes)
		most = max(most, float64(p.Bytes))
	}
	d.answer.Total, d.answer.Max = &sum, &most
	d.answer.Points = rapid.Permutation(d.answer.Points).Draw(t, "order")
	return d
}

func propertyZones(t *testing.T) []*time.Location {
	t.Helper()
	var out []*time.Location
	for _, name := range []string{"UTC", "Asia/Shanghai", "Asia/Kathmandu", "Europe/Berlin", "America/Sao_Paulo",
		"America/St_Johns", "Pacific/Apia"} {
		out = append(out, zone(t, name))
	}
	return out
}

func TestEveryBucketOnceAndEveryPointCounted(t *testing.T) {
	zones := propertyZones(t)
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t, zones)
		e, err := transform.Facts(d.rules, d.window, d.answer)
		if err != nil {
			t.Fatal(err)
		}
		var buckets []time.Time
		rounded, floored := 0, 0
		for _, f := range e.Facts {
			buckets = append(buckets, f.Bucket)
			p, reported := d.inside[f.Bucket]
			if f.Reported != reported || f.Bytes != p.Bytes {
				t.Fatalf("%s: %d bytes, reported %t; the answer has %+v", f.Bucket, f.Bytes, f.Reported, p)
			}
			if f.Final != f.Bucket.Before(d.rules.FinalBefore) || !f.Day.Equal(d.rules.Calendar.Day(f.Bucket)) {
				t.Fatalf("%s: final %t, day %s", f.Bucket, f.Final, f.Day)
			}
			if p.Fractional {
				rounded++
			}
			if reported && !p.Time.Equal(f.Bucket) {
				floored++
			}
		}
		if want := slices.Collect(d.rules.Calendar.Buckets(d.window)); !slices.Equal(want, buckets) {
			t.Fatalf("facts of %s, want %s", buckets, want)
		}
		if want := (noticed{len(d.inside), d.outside, rounded, floored}); counts(e) != want {
			t.Fatalf("counted %+v, want %+v", counts(e), want)
		}
		if got := e.Reported + e.Dropped + d.repeated; got != len(d.answer.Points) {
			t.Fatalf("%d of %d points are accounted for", got, len(d.answer.Points))
		}
	})
}

// TestNoPointVanishesUnnoticed: an answer that has lost a point larger than the tolerance disagrees with its totals.
func TestNoPointVanishesUnnoticed(t *testing.T) {
	zones := propertyZones(t)
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t, zones)
		i := rapid.IntRange(0, max(0, len(d.answer.Points)-1)).Draw(t, "lost")
		alone := func(p flow.Point) bool {
			return !slices.ContainsFunc(slices.Delete(slices.Clone(d.answer.Points), i, i+1),
				func(o flow.Point) bool { return o.Time.Equal(p.Time) })
		}
		if len(d.answer.Points) == 0 || !alone(d.answer.Points[i]) ||
			float64(d.answer.Points[i].Bytes) < 1e-6**d.answer.Total+1000 {
			return
		}
		d.answer.Points = slices.Delete(slices.Clone(d.answer.Points), i, i+1)
		if _, err := transform.Facts(d.rules, d.window, d.answer); flow.ClassOf(err) != flow.Disagrees {
			t.Fatalf("believed: %v", err)
		}
	})
}
