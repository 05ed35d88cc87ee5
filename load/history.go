package load

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// change becomes a history row: a fact of an attempt whose value differs from the previous one in history.
type change struct {
	fact     flow.Fact
	wasFinal bool
	previous flow.Held
}

// changes returns the facts of an accepted attempt that differ from the previous value, first values included. It sets
// the attempt's Revised and Retracted. held is in the order of the attempt's facts, nil where nothing is held.
func changes(a *flow.Attempt, held []flow.Held) []change {
	var out []change
	a.Revised, a.Retracted = 0, 0
	for i, f := range a.Transformed.Facts {
		var h flow.Held
		if held != nil {
			h = held[i]
		}
		if h.HasPrevious && h.PreviousReported == f.Reported && (!f.Reported || h.PreviousBytes == f.Bytes) {
			continue
		}
		if h.HasPrevious {
			a.Revised++
			if h.PreviousReported && !f.Reported {
				a.Retracted++
			}
		}
		out = append(out, change{fact: f, wasFinal: h.Final, previous: h})
	}
	return out
}

// completeHistory adds the changes that history lacks in the windows of attempts. Two passes that compared at the same
// time may have left one out; see complete_history.sql.
func (l *Loader) completeHistory(ctx context.Context, attempts []flow.Attempt) error {
	return l.db.Exec(ctx, warehouse.Query{
		Doing: "completing the history", SQL: completionOf(attempts), Patient: true,
	})
}

func completionOf(attempts []flow.Attempt) string {
	return statements.Text("complete_history", struct {
		Columns string
		Windows []flow.Attempt
	}{historyColumns, attempts})
}

// newer is what is stored already and was sent after an attempt that is only now being written. That is rare: two
// passes run at once, or the warehouse was away for one of them.
type newer struct {
	answers []flow.Attempt   // accepted ones, the oldest first, without facts
	runs    []uuid.UUID      // of the answers
	changes map[key][]uint64 // versions of the history rows, the oldest first
}

// newer reads the answers that overlap the attempts and were sent after them.
func (l *Loader) newer(ctx context.Context, attempts []flow.Attempt) (n newer, err error) {
	type answer struct {
		flow.Attempt
		run uuid.UUID
	}
	answers, err := read(ctx, l, "looking for newer answers", "newer_answers", attempts, nil,
		func(scan func(...any) error) (a answer, err error) {
			return a, scan(append(names(&a.Series), &a.Window.Begin, &a.Window.End,
				&a.run, &a.RequestID, &a.Sent.At, &a.Sent.Version)...)
		})
	if err != nil || len(answers) == 0 {
		return n, err
	}
	for _, a := range answers {
		n.answers, n.runs = append(n.answers, a.Attempt), append(n.runs, a.run)
	}
	n.changes, err = l.newerChanges(ctx, attempts)
	return n, err
}

// newerChanges reads the versions of all history rows in the attempts' windows.
func (l *Loader) newerChanges(ctx context.Context, attempts []flow.Attempt) (map[key][]uint64, error) {
	type change struct {
		key
		version uint64
	}
	changes, err := read(ctx, l, "looking for newer changes", "newer_changes", attempts, nil,
		func(scan func(...any) error) (c change, err error) {
			err = scan(append(names(&c.series), &c.bucket, &c.version)...)
			c.bucket = c.bucket.UTC()
			return c, err
		})
	out := map[key][]uint64{}
	for _, c := range changes {
		out[c.key] = append(out[c.key], c.version)
	}
	return out, err
}

// confirmation returns the oldest answer after a that covers a bucket, if a turns it into a change.
//
// Say 5 is stored at v1. At v3 an answer says 5 again: no change, so history does not record it. Then 7 arrives late,
// for v2. History would read 5, 7 and lose that the API said 5 last. So with 7 at v2, the 5 at v3 is recorded too.
//
// It returns false where history has a row from a to that answer. A row of that answer says it all. A row of a itself
// means that a is being repeated after its write was cut short: its confirmation was written with it.
func (n newer) confirmation(a *flow.Attempt, bucket time.Time) (answer *flow.Attempt, run uuid.UUID, ok bool) {
	for i := range n.answers {
		b := &n.answers[i]
		if b.Series != a.Series || b.Sent.Version <= a.Sent.Version || !b.Window.Contains(bucket) {
			continue
		}
		for _, version := range n.changes[key{a.Series, bucket.UTC()}] {
			if version >= a.Sent.Version && version <= b.Sent.Version {
				return nil, uuid.UUID{}, false
			}
		}
		b.Calendar = a.Calendar
		return b, n.runs[i], true
	}
	return nil, uuid.UUID{}, false
}
