package load

import (
	"context"
	"fmt"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/migrations"
)

// verifyViews compares the views with their declarations. What the other checks say does not depend on the views: they read what is declared.
func (w *Warehouse) verifyViews(ctx context.Context, v flow.Verification) error {
	faults, err := w.ViewFaults(ctx, true)
	if err != nil {
		return err
	}
	// A row of each has its own key, or one would replace the other.
	const verdict = `
SELECT '' AS account, '' AS granularity, '' AS access_region, '' AS gateway_type, '' AS traffic_type,
    toDateTime(0, 'UTC') AS begin, now('UTC') AS ended, %s AS compared, %s AS verdict,
    CAST(NULL AS Nullable(Int128)) AS lhs, CAST(NULL AS Nullable(Int128)) AS rhs, %s AS words, %d AS n`
	record := func(compared string, state flow.CheckState, words string, n int) error {
		return w.check(ctx, v, flow.CheckViews, "comparing the views", fmt.Sprintf(verdict, quote(compared), quote(string(state)), quote(words), n))
	}
	for _, f := range faults {
		if err := record("view "+f.View+" = its declaration", flow.CheckFailed, "it "+f.Reason+": run mnaflow migrate", 1); err != nil {
			return err
		}
	}
	return record("views = their declarations", flow.CheckPassed, "", len(migrations.Views())-len(faults))
}
