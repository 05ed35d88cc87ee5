// Package transform turns the points of one answer into facts, one for every bucket of its window, after holding the answer against itself.
//
// Invariant: it is pure. An answer that contradicts itself or its window yields no fact at all, and no point is dropped or changed without
// being counted.
package transform

import (
	"fmt"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Rules are what an answer is held against.
type Rules struct {
	Calendar    flow.Calendar
	FinalBefore time.Time // buckets before it are final in this answer
	Record      bool      // keep an answer that disagrees with its own totals, with a remark (answer_check: record)
}

// Facts returns a fact for every bucket of w. Errors are *flow.Error of class Disagrees, or Rejected where the configured time zone is wrong.
func Facts(rules Rules, w flow.Window, answer flow.Answer) (flow.Transformed, error) {
	out := flow.Transformed{Points: len(answer.Points), Max: answer.Max, Avg: answer.Avg, Total: answer.Total}
	points, err := distinct(answer.Points)
	if err != nil {
		return out, refuse(flow.Disagrees, answer, err)
	}
	if err := agrees(answer, points); err != nil {
		if !rules.Record {
			return out, refuse(flow.Disagrees, answer, err)
		}
		out.Remark = err.Error()
	}
	if rules.Calendar.Granularity() == flow.Daily {
		if err := onMidnight(rules.Calendar, points); err != nil {
			return out, refuse(flow.ClassOf(err), answer, err)
		}
	}
	values, err := place(rules.Calendar, w, points, &out)
	if err != nil {
		return out, refuse(flow.Disagrees, answer, err)
	}
	for bucket := range rules.Calendar.Buckets(w) {
		p, reported := values[bucket.Unix()]
		if reported {
			out.Reported++
		}
		if p.Fractional {
			out.Rounded++
		}
		out.Facts = append(out.Facts, flow.Fact{
			Bucket: bucket, Day: rules.Calendar.Day(bucket), Bytes: p.Bytes, Reported: reported, Final: bucket.Before(rules.FinalBefore),
		})
	}
	return out, nil
}

// distinct returns the points in the order of time without exact repetitions. Two values for one instant are an error.
func distinct(points []flow.Point) ([]flow.Point, error) {
	points = slices.Clone(points)
	slices.SortStableFunc(points, func(a, b flow.Point) int { return a.Time.Compare(b.Time) })
	for i := 1; i < len(points); i++ {
		if a, b := points[i-1], points[i]; a.Time.Equal(b.Time) && a.Bytes != b.Bytes {
			return nil, fmt.Errorf("two values, %d and %d bytes, for %s", a.Bytes, b.Bytes, stamp(a.Time))
		}
	}
	return slices.CompactFunc(points, func(a, b flow.Point) bool { return a.Time.Equal(b.Time) }), nil
}

// place assigns each point to its bucket of w, keyed by the bucket's epoch seconds. Points outside w are dropped and counted, unless they
// lie beyond the neighbouring bucket: sibling APIs return the bucket before BeginTime and the one that contains EndTime, and nothing else.
func place(calendar flow.Calendar, w flow.Window, points []flow.Point, out *flow.Transformed) (map[int64]flow.Point, error) {
	before := calendar.Floor(w.Begin.Add(-time.Second))
	after := calendar.Next(w.End)
	near := flow.Window{Begin: before, End: after}
	values := make(map[int64]flow.Point, len(points))
	for _, p := range points {
		bucket := calendar.Floor(p.Time)
		if !near.Contains(bucket) {
			return nil, fmt.Errorf("a point at %s, beyond the bucket next to the window %s", stamp(p.Time), w)
		}
		if !w.Contains(bucket) {
			out.Dropped++
			continue
		}
		if !bucket.Equal(p.Time) {
			out.Floored++
		}
		if other, taken := values[bucket.Unix()]; taken {
			return nil, fmt.Errorf("two points, at %s and %s, in one bucket", stamp(other.Time), stamp(p.Time))
		}
		values[bucket.Unix()] = p
	}
	return values, nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
