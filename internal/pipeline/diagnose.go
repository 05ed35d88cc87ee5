package pipeline

import (
	"context"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// refusal is a task that the API refused, or answered with nonsense, and the attempt that says so.
type refusal struct {
	Task
	attempt flow.Attempt
}

// mayBeLength says whether the window's length or age may be the cause. It is not where the API answered nonsense.
func (r refusal) mayBeLength() bool { return r.attempt.Class == flow.Refused }

// diagnose finds out why the API refused a window of a series: for its length, for its age, or for a bad bucket. The
// API says the same error for all three.
//
// It halves the window, the newest half first, until the newest refused bucket stands alone; classify does the rest.
// Whatever is answered on the way is stored. Say buckets 0 to 23 are due, bucket 5 is bad, and nothing was answered
// before:
//
//	[0,24)   refused
//	[12,24)  answered
//	[0,12)   refused: so the length was not the cause
//	[6,12)   answered: so [0,6) holds the cause, and need not be requested as a whole
//	[3,6)    refused
//	[4,6)    refused
//	[5,6)    refused: the newest refused bucket
//	[4,5)    answered, in classify: bucket 5 is bad by itself, and is entered as failed
//	[0,4)    answered
//
// Had [0,12) been answered as well, 24 buckets would have been too long, and 12 the longest window that is known to be
// answered. The error is the one that stops the account, or the context's.
func (d *dispatcher) diagnose(ctx context.Context, s *seriesState) error {
	whole, ok := d.newestRefused(s) // the shortest window that was refused as a whole
	if !ok {
		return nil
	}
	t, requested := whole.Task, true // the part that holds the cause, and whether it was requested as a whole
	longest := 0                     // buckets in the longest window that was answered meanwhile
	for t.Buckets > 1 {
		newer, older := t.halve(d.longestAnswered())
		if t.Window.Begin.Equal(s.atHorizon) {
			// The window began at the horizon, which moves by a bucket an hour or a day: only its oldest bucket may be
			// too old.
			newer, older = t.cut(t.Buckets - 1)
		}
		got, a, err := d.request(ctx, s, newer)
		if got == answered {
			longest = max(longest, newer.Buckets)
			mayBeLength := requested && whole.mayBeLength() && t.Buckets > d.longestAnswered()
			if t, requested = older, mayBeLength; !requested {
				continue // the older part holds the cause
			}
			got, a, err = d.request(ctx, s, t)
		} else {
			d.giveBack(s, older)
			t, requested = newer, true
		}
		switch got {
		case answered: // both parts are answered, and the whole is not
			d.tooLong(whole, max(longest, t.Buckets))
			return nil
		case refused:
			whole = refusal{t, a}
		case inconclusive:
			return err
		}
	}
	if !requested {
		got, a, err := d.request(ctx, s, t)
		switch got {
		case inconclusive:
			return err
		case answered:
			if whole.mayBeLength() {
				d.tooLong(whole, max(longest, 1))
			}
			return nil
		case refused:
			whole = refusal{t, a}
		}
	}
	return d.classify(ctx, s, whole)
}

// newestRefused takes the newest refused window of a series for diagnose; the others are due again. It reports false,
// and makes that one due as well, where other series have meanwhile shown how to request it: shorter, or beginning
// later.
func (d *dispatcher) newestRefused(s *seriesState) (refusal, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := newestOf(s.refused)
	for _, other := range s.refused {
		if other.Window != r.Window {
			s.due.add(other.Task)
		}
	}
	s.refused = nil
	again := d.limit.Refused > 0 && !d.limit.stale && r.Buckets >= d.limit.Refused
	if d.limit.stale && r.Buckets > d.limit.Answered {
		d.limit.confirm(d.deps.Now())
		again = true
	}
	horizon := d.horizon(s)
	if again || horizon.After(r.Window.Begin) {
		s.due.add(r.Task)
		return r, false
	}
	if horizon.IsZero() {
		d.diagnosing, d.holdBefore = s, r.Window.End
	}
	return r, true
}

func newestOf(refused []refusal) refusal {
	out := refused[0]
	for _, r := range refused[1:] {
		if r.Window.End.After(out.Window.End) {
			out = r
		}
	}
	return out
}

// sample requests one bucket of the newest due range, which is doubted. Where the API refuses the bucket as before, the
// whole range gets the same entry in the ledger: a region that stays refused costs one request, not one a window. Where
// the API answers it, the rest of the range is due as usual.
func (d *dispatcher) sample(ctx context.Context, s *seriesState) error {
	d.mu.Lock()
	t := s.due[len(s.due)-1]
	if t.Doubt == "" {
		t.Doubt = DoubtHint
	}
	s.due.remove(t.Window)
	d.mu.Unlock()
	one := t.sampleBucket()
	got, a, err := d.try(ctx, s, one)
	if got == inconclusive && (err != nil || t.Doubt != DoubtFailed || outageClasses[a.Class]) {
		d.enter(a)
		return err
	}
	rest := dueTasks{t}
	rest[0].Doubt, rest[0].Failures, rest[0].Alone = "", 0, false
	rest.remove(one.Window)
	newest := one.Window.End.Equal(t.Window.End)
	// It failed before, and by now it may be older than the API keeps.
	aged := t.Doubt == DoubtFailed && a.Class == flow.Refused && newest &&
		s.newest.After(t.Window.End) && s.reach < d.age(one)
	switch {
	case got == answered:
		d.giveBack(s, rest...)
		return nil
	case t.Doubt == DoubtHint, t.Doubt == DoubtUnavailable && a.Class != flow.Refused, aged:
		d.giveBack(s, rest...)
		return d.classify(ctx, s, refusal{one, a})
	case t.Doubt == DoubtUnavailable:
		d.enter(d.unavailable(t.Window, refusal{one, a}))
	default:
		a.Window = t.Window
		d.enter(a)
	}
	return nil
}
