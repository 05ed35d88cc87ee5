// Package load writes facts, their history and the ledger into the warehouse, and reads what the next pass needs to know.
//
// Invariant: every write may be repeated, reordered or doubled without harm. A fact is a register in which the highest
// version wins, so a late writer cannot revert a newer value; history looks before it writes; and a ledger row is
// written after all that it vouches for.
package load

import (
	"context"
	"embed"
	"log/slog"

	"github.com/mnaflow/mnaflow/internal/trace"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

//go:embed sql/*.sql
var files embed.FS

var statements = warehouse.ParseStatements(files)

// Loader is what a pass does with the warehouse. It is safe for concurrent use.
type Loader struct {
	db    *warehouse.DB
	trace trace.Trace
	log   *slog.Logger
}

// New returns a loader; it does nothing yet.
func New(db *warehouse.DB, watch trace.Trace, log *slog.Logger) *Loader {
	return &Loader{db: db, trace: trace.Join(watch), log: log}
}

// Tables are those that a pass inserts into, as trace.Trace.Insert names them.
func Tables() []string {
	return []string{"series", "days", "history", "facts", "ledger", "limits", "run_states"}
}

// Clock returns the warehouse's time in microseconds, or the highest version that is stored anywhere if that is later:
// an attempt that is stamped above it is newer than everything stored, whatever any clock says, and whichever of its
// tables a pass wrote before it was killed.
func (l *Loader) Clock(ctx context.Context) (uint64, error) {
	found, err := read(ctx, l, "reading the warehouse's clock", "clock", nil, nil,
		func(scan func(...any) error) (now uint64, err error) { return now, scan(&now) })
	if err != nil {
		return 0, err
	}
	return found[0], nil
}

// read runs a statement whose rows a pass needs: it waits while the warehouse is away. data is what the statement is
// assembled of, values are its parameters.
func read[T any](
	ctx context.Context, l *Loader, doing, statement string, data any, values warehouse.Values,
	row func(scan func(...any) error) (T, error),
) ([]T, error) {
	return warehouse.Select(ctx, l.db, warehouse.Query{
		Doing: doing, SQL: statements.Text(statement, data), Values: values, Patient: true,
	}, row)
}
