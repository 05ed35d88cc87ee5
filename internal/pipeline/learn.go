package pipeline

import (
	"context"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// refusal is a task that the API refused, or answered with nonsense, and its answer.
type refusal struct {
	Task
	said flow.Attempt
}

// ofLength says whether its length may be why.
func (r refusal) ofLength() bool { return r.said.Class == flow.Refused }

// learn finds out why the API refused a window of the lane: for its length, for its age, or for some bucket.
//
// It halves the window, the newest half first, down to the newest bucket that is refused by itself; everything newer has been answered then,
// and is stored. Where each part of a window is answered, its length was to blame. An error is what stops the account.
func (q *queue) learn(ctx context.Context, l *lane) error {
	whole, ok := q.puzzle(l) // the shortest window that was refused as a whole
	if !ok {
		return nil
	}
	t, asked, answer := whole.Task, true, 0 // in which the cause lies; whether that was asked for as a whole; the longest that was answered
	for t.Buckets > 1 {
		newer, older := t.halve(q.answer())
		if t.Window.Begin.Equal(l.hinted) { // where others have found the end it may have moved by a bucket
			newer, older = t.cut(t.Buckets - 1)
		}
		said, a, err := q.ask(ctx, l, newer)
		if said == answered {
			answer = max(answer, newer.Buckets)
			if t, asked = older, asked && whole.ofLength() && t.Buckets > q.answer(); !asked {
				continue // the older part holds what is to blame
			}
			said, a, err = q.ask(ctx, l, t)
		} else {
			q.back(l, older)
			t, asked = newer, true
		}
		switch said {
		case answered:
			q.tooLong(whole, max(answer, t.Buckets))
			return nil
		case refused:
			whole = refusal{t, a}
		case lost:
			return err
		}
	}
	if !asked {
		said, a, err := q.ask(ctx, l, t)
		switch said {
		case lost:
			return err
		case answered:
			if whole.ofLength() {
				q.tooLong(whole, max(answer, 1))
			}
			return nil
		case refused:
			whole = refusal{t, a}
		}
	}
	return q.blame(ctx, l, whole)
}

// puzzle is the newest refused window of the lane, unless what has been learned meanwhile says to ask otherwise. The others are due as before.
func (q *queue) puzzle(l *lane) (refusal, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	r := newestOf(l.refused)
	for _, other := range l.refused {
		if other.Window != r.Window {
			l.due.add(other.Task)
		}
	}
	l.refused = nil
	again := q.length.Refused > 0 && !q.length.stale && r.Buckets >= q.length.Refused
	if q.length.stale && r.Buckets > q.length.Answered {
		q.length.confirm(q.deps.Now())
		again = true
	}
	horizon := q.horizon(l)
	if again || horizon.After(r.Window.Begin) {
		l.due.add(r.Task)
		return r, false
	}
	if horizon.IsZero() {
		q.learner, q.hold = l, r.Window.End
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

// question asks for one bucket of a doubted range, and believes that the rest is as it was.
func (q *queue) question(ctx context.Context, l *lane) error {
	q.mu.Lock()
	t := l.due[len(l.due)-1]
	if t.Doubt == "" {
		t.Doubt = DoubtHint
	}
	l.due.remove(t.Window)
	q.mu.Unlock()
	one := t.sample()
	said, a, err := q.try(ctx, l, one)
	if said == lost && (err != nil || t.Doubt != DoubtFailed || outages[a.Class]) {
		q.enter(a)
		return err
	}
	rest := dues{t}
	rest[0].Doubt, rest[0].Failures, rest[0].Alone = "", 0, false
	rest.remove(one.Window)
	newest := one.Window.End.Equal(t.Window.End)
	switch {
	case said == answered:
		q.back(l, rest...)
		return nil
	case t.Doubt == DoubtHint, t.Doubt == DoubtUnavailable && a.Class != flow.Refused,
		t.Doubt == DoubtFailed && a.Class == flow.Refused && newest && l.newest.After(t.Window.End) && l.reach < q.age(one):
		q.back(l, rest...)
		return q.blame(ctx, l, refusal{one, a})
	case t.Doubt == DoubtUnavailable:
		q.enter(q.unavailable(t.Window, refusal{one, a}))
	default:
		a.Window = t.Window
		q.enter(a)
	}
	return nil
}
