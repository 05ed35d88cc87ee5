package audit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/migrations"
)

// verifyViews compares the views and the tables with their declarations. No other check reads the views of the
// database, so a changed view fails this check only.
func (a *Auditor) verifyViews(ctx context.Context, v Verification) error {
	faults, err := a.db.ViewFaults(ctx)
	if err != nil {
		return err
	}
	record := func(compared string, state CheckState, words string, n int) error {
		return a.check(ctx, v, step{CheckViews, "comparing the views", "verdict", verdict{
			Begin: time.Unix(0, 0), Compared: compared, State: state, Left: "NULL", Right: "NULL", Words: words, N: n,
		}})
	}
	for _, f := range faults {
		err := record("view "+f.View+" = its declaration", CheckFailed, "it "+f.Reason+": run mnaflow migrate", 1)
		if err != nil {
			return err
		}
	}
	tables, err := a.db.TableFaults(ctx)
	if err != nil {
		return err
	}
	for i, f := range tables {
		words := "it " + f.Reason
		if len(f.Repair) > 0 {
			words += ": " + strings.Join(f.Repair, "; ")
		}
		err := record(fmt.Sprintf("table %s = its declaration (%d)", f.Table, i+1), CheckFailed, words, 1)
		if err != nil {
			return err
		}
	}
	return record("views = their declarations", CheckPassed, "", len(migrations.Views())-len(faults))
}
