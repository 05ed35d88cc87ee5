package load

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// Accept judges an accepted attempt by what the warehouse holds of its buckets, in the order of its facts; held is nil
// where it holds nothing. It may turn the attempt into one that failed.
type Accept = func(a *flow.Attempt, held []flow.Held)

// Store writes a batch: history, then facts, then ledger. It counts in each attempt how many buckets it revised and
// retracted.
//
// Before it writes it compares the batch with what is held: it completes the history of the buckets, reads it, and has
// accept judge each accepted attempt. Each statement is repeated while the warehouse is away, within a bound; a reply
// that was lost leaves open whether the rows are there, and writing them again changes nothing.
func (l *Loader) Store(ctx context.Context, runID string, attempts []flow.Attempt, accept Accept) error {
	run, err := uuid.Parse(runID)
	if err != nil {
		return fmt.Errorf("the run's id: %w", err)
	}
	held, err := l.compare(ctx, attempts)
	if err != nil {
		return err
	}
	for i := range attempts {
		if a := &attempts[i]; a.State == flow.Accepted {
			accept(a, held[i])
		}
	}
	return l.write(ctx, run, attempts, held)
}

// write writes history, facts and ledger of attempts; held is what compare returned for them. Another pass may have
// written since: it reads which answers were sent later, and the next comparison completes what both left out.
func (l *Loader) write(ctx context.Context, run uuid.UUID, attempts []flow.Attempt, held [][]flow.Held) error {
	var later newer
	if windows := joined(attempts); len(windows) > 0 {
		var err error
		if later, err = l.newer(ctx, windows); err != nil {
			return err
		}
	}
	var history, facts factColumns
	for i := range attempts {
		a := &attempts[i]
		if a.State != flow.Accepted {
			continue
		}
		for _, c := range changes(a, held[i]) {
			if b, by, ok := later.confirmation(a, c.fact.Bucket); ok && c.before.HasPrevious {
				// Whether the value before was final is not known any more; it was not if this answer is not.
				c.wasFinal = c.wasFinal && c.fact.Final
				old := flow.Fact{
					Bucket: c.fact.Bucket, Day: c.fact.Day, Bytes: c.before.PreviousBytes, Reported: c.before.PreviousReported,
				}
				history.add(b, old, c.fact.Final, by)
			}
			history.add(a, c.fact, c.wasFinal, run)
		}
		for _, f := range a.Transformed.Facts {
			facts.add(a, f, f.Final, run)
		}
	}
	for _, rows := range []warehouse.Rows{ // the order of effects
		{Table: "history", Columns: historyColumns, Values: history.columns()},
		{Table: "facts", Columns: factsColumns, Values: facts.columns()},
		{Table: "ledger", Columns: ledgerColumns, Values: ledgerRows(run, attempts)},
	} {
		rows.Comment = comment(run.String())
		if err := l.db.Insert(ctx, rows); err != nil {
			return err
		}
	}
	l.trace.Stored(attempts)
	return nil
}

// compare completes the history of the attempts' buckets, and returns what is held of them.
func (l *Loader) compare(ctx context.Context, attempts []flow.Attempt) ([][]flow.Held, error) {
	compared := l.trace.Compare()
	windows := joined(attempts)
	if len(windows) == 0 {
		compared()
		return make([][]flow.Held, len(attempts)), nil
	}
	if err := l.completeHistory(ctx, windows); err != nil {
		return nil, err
	}
	held, err := l.held(ctx, attempts, windows)
	if err != nil {
		return nil, err
	}
	compared()
	return held, nil
}
