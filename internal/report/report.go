// Package report says what the warehouse holds: how complete and fresh it is, what the last runs did, how late the API
// restates, and the story of one bucket. Each is read into a typed value, which is printed as text or as JSON.
//
// Invariant: it reads and never writes, and it reads what the program declares, whatever views the database has. What
// is late, missing or as promised is decided here, once for every command.
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

// New returns a reader; it reads nothing yet.
func New(db *warehouse.DB) *Reader { return &Reader{db} }

// Check returns an error unless the warehouse answers and its tables are at this program's version.
func (r *Reader) Check(ctx context.Context) error { return r.db.Check(ctx) }

// read runs a statement for somebody who waits for its answer, or for the news that there is none.
func read[T any](
	ctx context.Context, r *Reader, doing, statement string, values warehouse.Values, row func(scan func(...any) error) (T, error),
) ([]T, error) {
	return warehouse.Select(ctx, r.db, warehouse.Query{Doing: doing, SQL: statements.Text(statement, nil), Values: values}, row)
}
