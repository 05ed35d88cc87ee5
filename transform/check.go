package transform

import (
	"fmt"
	"math"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// agrees returns an error unless the answer's TotalValue and MaxValue are the sum and the maximum of its points,
// those outside the window included. That they are is how every worked example of the vendor's manual has it. It
// allows a difference of one byte a point, for rounding, or of 1e-9 of the value, since the API computes in floats.
func agrees(answer flow.Answer, points []flow.Point) error {
	sum, most := figures(points)
	all, _ := figures(answer.Points) // an API that returns a point twice may count it twice
	if len(points) > 0 && (answer.Total == nil || answer.Max == nil) {
		return fmt.Errorf("%d points without TotalValue or MaxValue", len(points))
	}
	slack := float64(len(answer.Points))
	if answer.Total != nil && !near(*answer.Total, sum, slack) && !near(*answer.Total, all, slack) {
		return fmt.Errorf("TotalValue %.0f, but its %d points sum to %.0f", *answer.Total, len(points), sum)
	}
	if answer.Max != nil && !near(*answer.Max, most, 1) {
		return fmt.Errorf("MaxValue %.0f, but its highest point is %.0f", *answer.Max, most)
	}
	return nil
}

// figures returns the sum and the maximum of points, in bytes. It sums the low and the high 32 bits apart, so that
// the sum neither overflows nor is rounded before the end.
func figures(points []flow.Point) (sum, most float64) {
	var low, high, top uint64
	for _, p := range points {
		low += p.Bytes & math.MaxUint32
		high += p.Bytes >> 32
		top = max(top, p.Bytes)
	}
	return float64(high)*(1<<32) + float64(low), float64(top)
}

func near(a, b, slack float64) bool {
	return math.Abs(a-b) <= max(slack, 1e-9*math.Abs(b))
}

// Lost compares the facts of an answer with held, the same buckets in the warehouse, in the same order. held is empty
// if the warehouse has none of them.
//
// It returns an error of class Suspect if the answer lacks too many buckets that have a value in the warehouse: all
// of them, or more than max(2, 10 %). With strict, one suffices: the window is then part of a window that failed twice.
// Example: of 100 held buckets an answer may lack 10, of 5 it may lack 2, of 2 it may lack 1.
func Lost(e flow.Transformed, held []flow.Held, strict bool) error {
	had, lacking := 0, 0
	for i, h := range held {
		if h.Reported {
			had++
			if !e.Facts[i].Reported {
				lacking++
			}
		}
	}
	allowed := max(2, had/10)
	if strict {
		allowed = 0
	}
	if had > 0 && (e.Reported == 0 || lacking > allowed) {
		return flow.Fail(flow.Suspect,
			"the answer lacks %d of the %d buckets that the warehouse holds; if that is right, store it with "+
				"backfill --force --accept-missing", lacking, had)
	}
	return nil
}

// refuse returns the error for an answer that is not believed, with the fields that the ledger stores.
func refuse(class flow.Class, answer flow.Answer, err error) error {
	return &flow.Error{Class: class, RequestID: answer.RequestID, Sent: answer.Sent, Attempts: answer.Attempts,
		Throttled: answer.Throttled, Err: err}
}
