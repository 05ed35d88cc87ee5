package pipeline

import (
	"cmp"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// span is a range of the grid in which every bucket has the same newest attempts.
type span struct {
	flow.Window
	answered    bool
	sent        flow.Stamp       // of the newest accepted answer
	finalBefore time.Time        // buckets before it are final
	failure     *flow.LedgerSpan // the newest attempt, if it failed or found the range unavailable
	last        bool             // nothing later is covered
}

// newest cuts the grid's range wherever a span of the ledger begins or ends, and finds the newest attempts of each
// part.
func newest(g Grid, ledger []flow.LedgerSpan) []span {
	cuts := []time.Time{g.Range.Begin, g.Range.End}
	var covered time.Time // end of the newest covered bucket
	for _, k := range ledger {
		if k.State == flow.Accepted && k.Window.End.After(covered) {
			covered = k.Window.End
		}
		if w := k.Window.Intersect(g.Range); !w.Empty() {
			cuts = append(cuts, w.Begin, w.End)
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	cuts = slices.CompactFunc(cuts, time.Time.Equal)
	spans := make([]span, 0, len(cuts))
	for i := 1; i < len(cuts); i++ {
		w := flow.Window{Begin: cuts[i-1], End: cuts[i]}
		spans = append(spans, span{Window: w, last: !w.Begin.Before(covered)})
	}
	for i := range ledger {
		k := &ledger[i]
		w := k.Window.Intersect(g.Range)
		if w.Empty() {
			continue
		}
		byBegin := func(s span, t time.Time) int { return s.Begin.Compare(t) }
		from, _ := slices.BinarySearchFunc(spans, w.Begin, byBegin)
		for j := from; j < len(spans) && spans[j].Begin.Before(w.End); j++ {
			spans[j].take(k)
		}
	}
	for i := range spans {
		s := &spans[i]
		if s.failure != nil && s.answered && s.failure.Sent.Version < s.sent.Version {
			s.failure = nil
		}
		if s.answered {
			s.finalBefore = g.Calendar.FinalBefore(s.sent.At, g.Finality)
		}
	}
	return spans
}

// take notes one attempt that covers the span.
func (s *span) take(k *flow.LedgerSpan) {
	switch {
	case k.State == flow.Accepted:
		if !s.answered || k.Sent.At.After(s.sent.At) {
			s.sent.At = k.Sent.At
		}
		s.sent.Version = max(s.sent.Version, k.Sent.Version)
		s.answered = true
	case s.failure == nil || cmp.Compare(k.Sent.Version, s.failure.Sent.Version) > 0:
		s.failure = k
	}
}

// due says why the span's buckets are due.
func (s *span) due(g Grid) Due {
	switch {
	case g.Force:
		return DueForced
	case s.failure != nil:
		return DueFailed
	case s.answered:
		return DueNotFinal
	case s.last:
		return DueNew
	}
	return DueGap
}

// outageClasses are the classes of failures that say nothing about the buckets.
var outageClasses = map[flow.Class]bool{flow.Transient: true, flow.Throttled: true, flow.Denied: true}

// doubt says why one bucket of the span is requested before the rest; empty where it is not.
func (s *span) doubt() Doubt {
	switch {
	case s.failure == nil:
		return ""
	case s.failure.State == flow.Unavailable:
		return DoubtUnavailable
	case s.failure.Class == flow.Suspect || outageClasses[s.failure.Class]:
		return ""
	}
	return DoubtFailed
}
