package pipeline

import (
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// fate is what the ledger says of one bucket.
type fate struct{ accepted, failed, unavailable bool }

func (w *world) fates(s flow.Series) map[int64]fate {
	out := map[int64]fate{}
	attempts := slices.Clone(w.ledger[s])
	slices.SortFunc(attempts, func(a, b flow.Attempt) int { return int(int64(a.Sent.Version) - int64(b.Sent.Version)) })
	for _, a := range attempts {
		for b := range w.calendar.Buckets(a.Window) {
			f := out[b.Unix()]
			f.accepted = f.accepted || a.State == flow.Accepted
			f.failed, f.unavailable = a.State == flow.Failed, a.State == flow.Unavailable
			out[b.Unix()] = f
		}
	}
	return out
}

// answerable are the buckets of a series that the API would answer alone now.
func (w *world) answerable(s flow.Series) int {
	n := 0
	for b := range w.calendar.Buckets(w.configured()) {
		one := flow.Window{Begin: b, End: w.calendar.Next(b)}
		if !w.refuses(s, one) && !w.hits(w.nonsense[s], one) {
			n++
		}
	}
	return n
}

// judge fails where a bucket that the API answers is not accepted, one that it refuses is accepted or has no fate,
// or one is unavailable without the API having refused its own series there and farther back.
func (w *world) judge(t interface {
	Helper()
	Errorf(string, ...any)
}) {
	t.Helper()
	for _, s := range w.series {
		lacking, wrong := 0, 0
		var first, none time.Time
		fates := w.fates(s)
		for b := range w.calendar.Buckets(w.configured()) {
			one := flow.Window{Begin: b, End: w.calendar.Next(b)}
			f := fates[b.Unix()]
			good := !w.refuses(s, one) && !w.hits(w.nonsense[s], one)
			if good && !f.accepted {
				if lacking++; lacking == 1 {
					first = b
				}
			}
			// What comes due beside a range that stays refused waits for its next question, at most six hours.
			waits := w.calendar.Granularity() == flow.Hourly && b.After(w.configured().End.Add(-8*time.Hour))
			if !good && !waits && !f.accepted && !f.failed && !f.unavailable {
				if wrong++; wrong == 1 {
					none = b
				}
			}
		}
		if lacking > 0 {
			t.Errorf("%s: %d buckets that the API answers are not accepted, the first is %s", s, lacking, first)
		}
		if wrong > 0 {
			t.Errorf("%s: %d buckets have no fate, the first is %s", s, wrong, none)
		}
		for _, a := range w.ledger[s] {
			if a.State == flow.Unavailable {
				w.proved(t, s, a)
			}
		}
	}
}

// proved fails unless the API refused the newest bucket of an unavailable range, and at least one older one if there
// is any, by the series' own requests.
func (w *world) proved(t interface {
	Helper()
	Errorf(string, ...any)
}, s flow.Series, a flow.Attempt) {
	t.Helper()
	newest, at := false, map[int64]bool{}
	for _, q := range w.asked {
		if q.Series != s || !q.refused || w.calendar.Count(q.Window) > 1 {
			continue
		}
		if q.End.Equal(a.Window.End) {
			newest = true
		}
		at[q.Begin.Unix()] = true
	}
	if !newest {
		t.Errorf("%s: %s is unavailable, though its newest bucket was never refused by itself", s, a.Window)
	}
	if n := w.calendar.Count(a.Window); n > 1 && len(at) < 2 {
		t.Errorf("%s: %s is unavailable, though only its newest bucket was refused", s, a.Window)
	}
}

// least is how many windows a plan has that knows the limits.
func (w *world) least(n int) int {
	most := w.settings.MaxBuckets[w.calendar.Granularity()]
	if w.span > 0 {
		most = min(most, w.span)
	}
	return (n + most - 1) / most
}

// beyond is how many requests more were sent for each series than a plan with known limits has windows, the dearest
// series first.
func (w *world) beyond(sent []asked, before map[flow.Series]int) []int {
	var out []int
	for _, s := range w.series {
		n := -w.least(w.answerable(s) - before[s])
		for _, q := range sent {
			if q.Series == s {
				n++
			}
		}
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b int) int { return b - a })
	return out
}

// accepted is how many buckets of each series are accepted.
func (w *world) accepted() map[flow.Series]int {
	out := map[flow.Series]int{}
	for _, s := range w.series {
		for _, f := range w.fates(s) {
			if f.accepted {
				out[s]++
			}
		}
	}
	return out
}
