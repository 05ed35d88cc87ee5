package transform_test

import (
	"fmt"
	"testing"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/transform"
)

// TestLost: the answer may lack max(2, 10 %) of the buckets that have a value in the warehouse, but not all of them.
func TestLost(t *testing.T) {
	for _, c := range []struct {
		what                 string
		held, lacking, fresh int // buckets with a value; of those, lacking in the answer; buckets that are new in it
		strict               bool
		suspect              bool
	}{
		{"nothing held, nothing reported", 0, 0, 0, false, false},
		{"nothing held, some reported", 0, 0, 5, false, false},
		{"all of few there", 5, 0, 0, false, false},
		{"one of few", 5, 1, 0, false, false},
		{"two of few", 5, 2, 0, false, false},
		{"three of few", 5, 3, 0, false, true},
		{"two of three", 3, 2, 0, false, false},
		{"one of one: an answer without points", 1, 1, 0, false, true},
		{"two of two: an answer without points", 2, 2, 0, false, true},
		{"both of two, but another is new", 2, 2, 1, false, false},
		{"all of many", 100, 100, 0, false, true},
		{"10 % exactly", 100, 10, 0, false, false},
		{"one more than 10 %", 100, 11, 0, false, true},
		{"new ones do not make up for the lost", 100, 11, 50, false, true},
		{"two of 29", 29, 2, 0, false, false},
		{"three of 29, more than 10 %", 29, 3, 0, false, true},
		{"three of 30, 10 %", 30, 3, 0, false, false},
		{"four of 30", 30, 4, 0, false, true},
		{"strict, all there", 5, 0, 0, true, false},
		{"strict, one of few", 5, 1, 0, true, true},
		{"strict, one of many", 100, 1, 0, true, true},
		{"strict, nothing held", 0, 0, 3, true, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			var e flow.Transformed
			var held []flow.Held
			add := func(n int, had, has bool) {
				for range n {
					held = append(held, flow.Held{Reported: had})
					e.Facts = append(e.Facts, flow.Fact{Reported: has})
					if has {
						e.Reported++
					}
				}
			}
			add(c.lacking, true, false)
			add(c.held-c.lacking, true, true)
			add(c.fresh, false, true)
			add(3, false, false) // hours without traffic then and now

			err := transform.Lost(e, held, c.strict)
			if !c.suspect {
				if err != nil {
					t.Error(err)
				}
				return
			}
			refusal(t, err, flow.Suspect, fmt.Sprintf(
				"the answer lacks %d of the %d buckets that the warehouse holds; if that is right, store it with "+
					"backfill --force --accept-missing",
				c.lacking, c.held), flow.Answer{})
		})
	}
}

func TestLostWhereTheWarehouseHoldsNothing(t *testing.T) {
	for _, reported := range []bool{false, true} {
		e := flow.Transformed{Facts: []flow.Fact{{Reported: reported}}}
		for _, strict := range []bool{false, true} {
			if err := transform.Lost(e, nil, strict); err != nil {
				t.Errorf("reported %t, strict %t: %v", reported, strict, err)
			}
		}
	}
}

// TestLostGoesByWhatIsHeldNow: only buckets that have a value now count, not those with a value in the history, nor
// final ones without a value.
func TestLostGoesByWhatIsHeldNow(t *testing.T) {
	e := flow.Transformed{Facts: make([]flow.Fact, 5)}
	held := make([]flow.Held, 5)
	for i := range held {
		held[i] = flow.Held{Final: true, HasPrevious: true, PreviousReported: true, PreviousBytes: 9}
	}
	if err := transform.Lost(e, held, true); err != nil {
		t.Error(err)
	}
}
