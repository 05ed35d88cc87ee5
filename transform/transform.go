// Package transform checks one answer of the API and turns its points into facts, one for every bucket of the window.
//
// Invariant: it is pure, that is, it does no I/O and reads no clock. An answer that contradicts itself or its window
// yields no fact at all. Every point that is dropped or changed is counted.
package transform

import (
	"fmt"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Rules say how to check and convert an answer.
type Rules struct {
	Calendar    flow.Calendar
	FinalBefore time.Time // buckets before it are final in this answer
	Record      bool      // keep an answer that disagrees with its own totals, with a remark (answer_check: record)
}

// Facts returns a fact for every bucket of w, which starts and ends on bucket boundaries.
//
// The error is a *flow.Error: of class Disagrees if the answer contradicts itself or w; of class Rejected if every
// daily point would be a midnight in another time zone, so that the configured one must be wrong.
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
			Bucket: bucket, Day: rules.Calendar.Day(bucket), Bytes: p.Bytes, Reported: reported,
			Final: bucket.Before(rules.FinalBefore),
		})
	}
	return out, nil
}

// distinct returns the points sorted by time, each once. Two values for one instant are an error.
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

// place assigns each point to its bucket of w, keyed by the bucket's epoch seconds.
//
// It drops and counts points in the bucket just before w and just after it: sibling APIs of the vendor return the
// bucket before BeginTime and the one that contains EndTime. A point farther away is an error.
func place(
	calendar flow.Calendar, w flow.Window, points []flow.Point, out *flow.Transformed,
) (map[int64]flow.Point, error) {
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
