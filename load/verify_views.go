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
	const verdict = `
SELECT '' AS account, '' AS granularity, '' AS access_region, '' AS gateway_type, '' AS traffic_type,
    toDateTime(0, 'UTC') AS begin, now('UTC') AS ended, 'views = their declarations' AS compared, %s AS verdict,
    toInt128(%d) AS lhs, toInt128(%d) AS rhs, %s AS words, 1 AS n`
	declared := len(migrations.Views())
	if len(faults) == 0 {
		return w.check(ctx, v, flow.CheckViews, "comparing the views", fmt.Sprintf(verdict, quote(string(flow.CheckPassed)), declared, declared, quote("")))
	}
	for _, f := range faults {
		words := quote(f.String() + ": run mnaflow migrate")
		if err := w.check(ctx, v, flow.CheckViews, "comparing the views",
			fmt.Sprintf(verdict, quote(string(flow.CheckFailed)), declared-len(faults), declared, words)); err != nil {
			return err
		}
	}
	return nil
}
