// Package load writes facts, their history and the ledger into the warehouse, and reads what the next pass needs
// from them.
//
// Invariant: every write may be repeated, reordered or doubled without harm. Of several rows of a fact the highest
// version wins, so a late writer cannot revert a newer value. History is compared before it is written. A ledger row
// is written after all that it vouches for.
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

// Loader is the warehouse as a pass sees it. It is safe for concurrent use.
type Loader struct {
	db    *warehouse.DB
	trace trace.Trace
	log   *slog.Logger
}

// New returns a loader on db. It does no I/O. Inserts and stored attempts are reported to watch.
func New(db *warehouse.DB, watch trace.Trace, log *slog.Logger) *Loader {
	return &Loader{db: db, trace: trace.Join(watch), log: log}
}

// Tables are the tables that a pass inserts into, by the names that trace.Trace.Insert gets.
func Tables() []string {
	return []string{"series", "days", "history", "facts", "ledger", "limits", "run_states"}
}

// Clock returns the warehouse's time in microseconds since 1970, or the highest version stored in facts, history or
// ledger if that is later. A version above it is newer than all that is stored, even if a clock was ahead, or a pass
// was killed between two tables. It waits while the warehouse is away. An error is a *flow.Error of class Warehouse,
// or the context's.
func (l *Loader) Clock(ctx context.Context) (uint64, error) {
	found, err := read(ctx, l, "reading the warehouse's clock", "clock", nil, nil,
		func(scan func(...any) error) (now uint64, err error) { return now, scan(&now) })
	if err != nil {
		return 0, err
	}
	return found[0], nil
}

// read runs a statement of sql/ and scans its rows. It waits while the warehouse is away. data fills in the template,
// values are the statement's parameters.
func read[T any](
	ctx context.Context, l *Loader, doing, statement string, data any, values warehouse.Values,
	row func(scan func(...any) error) (T, error),
) ([]T, error) {
	return warehouse.Select(ctx, l.db, warehouse.Query{
		Doing: doing, SQL: statements.Text(statement, data), Values: values, Patient: true,
	}, row)
}
