// Package report reports on the data in the warehouse: how complete and fresh they are, what the last runs did, how late
// restatements come, and the story of one bucket. It reads each report into one typed value, which prints as text or as
// JSON. Only this package decides what is late or missing.
//
// Invariant: it never writes, and a view that somebody changed cannot change a report: statements contain the program's
// own definition of each view that they read. Times are in UTC and traffic is in bytes.
package report

import (
	"context"
	"embed"

	"github.com/mnaflow/mnaflow/internal/warehouse"
)

//go:embed sql/*.sql
var files embed.FS

var statements = warehouse.ParseStatements(files)

// Reader reads reports from a warehouse.
type Reader struct{ db *warehouse.DB }

// New returns a reader of db. It sends no query.
func New(db *warehouse.DB) *Reader { return &Reader{db} }

// Check returns an error unless the warehouse answers and its tables are at this program's version.
func (r *Reader) Check(ctx context.Context) error { return r.db.Check(ctx) }

// read runs the statement sql/NAME.sql once, without retry: a person waits for its answer. doing names it in errors:
// "reading the gaps".
func read[T any](
	ctx context.Context, r *Reader, doing, name string, values warehouse.Values,
	row func(scan func(...any) error) (T, error),
) ([]T, error) {
	q := warehouse.Query{Doing: doing, SQL: statements.Text(name, nil), Values: values}
	return warehouse.Select(ctx, r.db, q, row)
}
