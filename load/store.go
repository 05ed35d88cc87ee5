package load

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Store writes a batch: history, then facts, then ledger. Each insert is repeated while the warehouse is away, within a bound; a reply that
// was lost leaves the fate of an insert unknown, and writing it again changes nothing.
func (w *Warehouse) Store(ctx context.Context, runID string, attempts []flow.Attempt, held [][]flow.Held) error {
	run, err := uuid.Parse(runID)
	if err != nil {
		return fmt.Errorf("the run's id: %w", err)
	}
	newer, err := w.newer(ctx, attempts)
	if err != nil {
		return err
	}
	var history, facts factColumns
	ids := make([]uuid.UUID, len(attempts))
	for i := range attempts {
		a := &attempts[i]
		ids[i] = uuid.New()
		if a.State != flow.Accepted {
			continue
		}
		for _, c := range changes(a, held[i]) {
			if b, by, ok := newer.confirmation(a, c.fact.Bucket); ok && c.before.Known {
				// Whether the value before was final is not known any more; it was not if this answer is not.
				c.wasFinal = c.wasFinal && c.fact.Final
				old := flow.Fact{Bucket: c.fact.Bucket, Day: c.fact.Day, Bytes: c.before.KnownBytes, Reported: c.before.KnownReported}
				history.add(b, old, c.fact.Final, by)
			}
			history.add(a, c.fact, c.wasFinal, run)
		}
		for _, f := range a.Extract.Facts {
			facts.add(a, f, f.Final, run)
		}
	}
	if err := w.insert(ctx, runID, "history", historyColumns, history.columns()); err != nil {
		return err
	}
	if err := w.insert(ctx, runID, "facts", factsColumns, facts.columns()); err != nil {
		return err
	}
	return w.insert(ctx, runID, "ledger", ledgerColumns, ledgerRows(run, ids, attempts))
}

// insert writes columns to a table as one block.
func (w *Warehouse) insert(ctx context.Context, runID, table, names string, columns []any) error {
	return w.retry(ctx, "writing "+table, func(ctx context.Context) error {
		if rows(columns) == 0 {
			return nil
		}
		acknowledged := w.deps.Observe(table)
		if err := w.send(ctx, runID, table, names, columns); err != nil {
			return err
		}
		acknowledged()
		return nil
	})
}

func (w *Warehouse) send(ctx context.Context, runID, table, names string, columns []any) error {
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"async_insert": 0, "log_comment": "mnaflow run " + runID}))
	if w.config.HTTP {
		types, err := w.types(ctx, table, names)
		if err != nil {
			return err
		}
		ctx = clickhouse.Context(ctx, clickhouse.WithColumnNamesAndTypes(types))
	}
	batch, err := w.conn.PrepareBatch(ctx, "INSERT INTO "+table+" ("+names+")")
	if err != nil {
		return err
	}
	defer func() { _ = batch.Close() }() // after Send it has nothing left to do
	for i, c := range columns {
		if err := batch.Column(i).Append(c); err != nil {
			return fmt.Errorf("column %d of %s: %w", i, table, err)
		}
	}
	return batch.Send()
}

// types asks for the types of a table's columns. Over HTTP the driver would ask itself, under the id of the insert; but a server forgets a
// statement a moment after it has answered, and refuses another one with the same id until then.
func (w *Warehouse) types(ctx context.Context, table, names string) ([]clickhouse.ColumnNameAndType, error) {
	rows, err := w.conn.Query(ctx, "DESCRIBE (SELECT "+names+" FROM "+table+")")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []clickhouse.ColumnNameAndType
	for rows.Next() {
		var column clickhouse.ColumnNameAndType
		var ignored string
		if err := rows.Scan(&column.Name, &column.Type, &ignored, &ignored, &ignored, &ignored, &ignored); err != nil {
			return nil, err
		}
		out = append(out, column)
	}
	return out, rows.Err()
}
