package transform

import (
	"fmt"
	"math"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// agrees holds the answer's TotalValue and MaxValue against its points, outside ones included: in every worked example of the vendor's
// manual they are the sum and the maximum of the points returned. They may differ by a byte a point (rounding) or by 1e-9 (the API's
// figures are floats).
func agrees(answer flow.Answer, points []flow.Point) error {
	sum, most := figures(points)
	all, _ := figures(answer.Points) // an API that repeats a point may count it twice
	if len(points) > 0 && (answer.Total == nil || answer.Max == nil) {
		return fmt.Errorf("%d points without TotalValue or MaxValue", len(points))
	}
	if slack := float64(len(answer.Points)); answer.Total != nil && !near(*answer.Total, sum, slack) && !near(*answer.Total, all, slack) {
		return fmt.Errorf("TotalValue %.0f, but its %d points sum to %.0f", *answer.Total, len(points), sum)
	}
	if answer.Max != nil && !near(*answer.Max, most, 1) {
		return fmt.Errorf("MaxValue %.0f, but its highest point is %.0f", *answer.Max, most)
	}
	return nil
}

// figures returns the sum and the maximum of points, in bytes. Whole and high parts are summed apart, so that nothing is lost before
// the comparison.
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

// Lost holds facts against what the warehouse holds of their buckets (in the same order; nil where it holds nothing). It returns an error of
// class Suspect when the answer lacks too many of them to be believed: all, or more than max(2, 10 %), or any at all where the window is a
// part of one that failed before.
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
			"the answer lacks %d of the %d buckets that the warehouse holds; if that is right, store it with backfill --force --accept-missing", lacking, had)
	}
	return nil
}

// refuse is why an answer is not believed, with what the ledger keeps of it.
func refuse(class flow.Class, answer flow.Answer, err error) error {
	return &flow.Error{Class: class, RequestID: answer.RequestID, Sent: answer.Sent, Attempts: answer.Attempts, Throttled: answer.Throttled, Err: err}
}
