package warehouse

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Rows are what one insert adds to a table, as one block.
type Rows struct {
	Table   string
	Columns string // their names, separated by commas, in the order of Values
	Values  []any  // one slice a column, all of the same length
	Comment string // for the server's query log
}

// Insert writes rows. While the warehouse is away it tries again, for at most five minutes. If a reply is lost, nobody
// knows whether the rows are there, and it writes them again: so the table must tolerate rows that come twice.
func (db *DB) Insert(ctx context.Context, r Rows) error {
	return db.retry(ctx, "writing "+r.Table, func(ctx context.Context) error {
		if reflect.ValueOf(r.Values[0]).Len() == 0 {
			return nil
		}
		acknowledged := db.deps.Trace.Insert(r.Table)
		if err := db.send(ctx, r); err != nil {
			return err
		}
		acknowledged()
		return nil
	})
}

// InsertOnce is Insert with one try of at most bound.
func (db *DB) InsertOnce(ctx context.Context, bound time.Duration, r Rows) error {
	return db.single(ctx, "writing "+r.Table, bound, func(ctx context.Context) error { return db.send(ctx, r) })
}

// send writes rows once.
func (db *DB) send(ctx context.Context, r Rows) error {
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"log_comment": r.Comment}))
	if db.config.HTTP {
		types, err := db.types(ctx, r)
		if err != nil {
			return err
		}
		ctx = clickhouse.Context(ctx, clickhouse.WithColumnNamesAndTypes(types))
	}
	batch, err := db.conn.PrepareBatch(ctx, "INSERT INTO "+r.Table+" ("+r.Columns+")")
	if err != nil {
		return err
	}
	defer func() { _ = batch.Close() }() // after Send it has nothing left to do
	for i, c := range r.Values {
		if err := batch.Column(i).Append(c); err != nil {
			return fmt.Errorf("column %d of %s: %w", i, r.Table, err)
		}
	}
	return batch.Send()
}

// types reads the types of the columns, for an insert over HTTP. The driver would read them itself, with the query
// id of the insert. But a server remembers an id for a moment after it has answered, and refuses the insert with the
// same id.
func (db *DB) types(ctx context.Context, r Rows) ([]clickhouse.ColumnNameAndType, error) {
	rows, err := db.conn.Query(ctx, "DESCRIBE (SELECT "+r.Columns+" FROM "+r.Table+")")
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
