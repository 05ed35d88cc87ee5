package load

import (
	"context"

	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Compare is the first half of Store. Tests have two passes compare before either writes.
func (l *Loader) Compare(ctx context.Context, attempts []flow.Attempt) ([][]flow.Held, error) {
	return l.compare(ctx, attempts)
}

// Write is the second half, once attempts have been judged.
func (l *Loader) Write(ctx context.Context, runID string, attempts []flow.Attempt, held [][]flow.Held) error {
	return l.write(ctx, uuid.MustParse(runID), attempts, held)
}
