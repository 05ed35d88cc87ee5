package load

import "github.com/mnaflow/mnaflow/internal/flow"

// change is a history row to be: one fact of an attempt whose value differs from the one that history has before it.
type change struct {
	fact     flow.Fact
	wasFinal bool
}

// changes returns what history does not have yet of an accepted attempt, first values included, and counts in the attempt what was revised
// and retracted. held is in the order of the attempt's facts, nil where nothing is held.
func changes(a *flow.Attempt, held []flow.Held) []change {
	var out []change
	a.Revised, a.Retracted = 0, 0
	for i, f := range a.Extract.Facts {
		var h flow.Held
		if held != nil {
			h = held[i]
		}
		if h.Known && h.KnownReported == f.Reported && (!f.Reported || h.KnownBytes == f.Bytes) {
			continue
		}
		if h.Known {
			a.Revised++
			if h.KnownReported && !f.Reported {
				a.Retracted++
			}
		}
		out = append(out, change{fact: f, wasFinal: h.Final})
	}
	return out
}
