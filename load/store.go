package load

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// Accept decides whether an accepted attempt may be stored, given what the warehouse holds of its buckets. held is
// in the order of the attempt's facts, nil where the warehouse holds nothing. It may turn the attempt into a failed
// one.
type Accept = func(a *flow.Attempt, held []flow.Held)

// Store compares a batch with what the warehouse holds, calls accept for each accepted attempt, and writes history,
// then facts, then ledger. It sets each attempt's Revised and Retracted.
//
// Before it compares, it completes the history of the buckets. Each statement is repeated while the warehouse is
// away, at most five minutes. If a reply is lost, nobody knows whether the rows are there; writing them again
// changes nothing. An error is a *flow.Error of class Warehouse, or the context's.
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
// written in between. So it reads which stored answers were sent later (see confirmation). A change that both passes
// left out is added by the next comparison.
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
			if b, by, ok := later.confirmation(a, c.fact.Bucket); ok && c.previous.HasPrevious {
				// The warehouse says only whether the later answer is final. The previous value was not if this one,
				// which came after it, is not.
				c.wasFinal = c.wasFinal && c.fact.Final
				old := flow.Fact{
					Bucket: c.fact.Bucket, Day: c.fact.Day,
					Bytes: c.previous.PreviousBytes, Reported: c.previous.PreviousReported,
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

// compare completes the history of the attempts' buckets, and returns what the warehouse holds of them.
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
