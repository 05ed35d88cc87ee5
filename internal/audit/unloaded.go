package audit

import (
	"context"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// Loaded returns the series that runs have loaded, also those that the last run's configuration did not ask for.
func Loaded(ctx context.Context, db *warehouse.DB) (map[flow.Series]flow.Loaded, error) {
	loaded := map[flow.Series]flow.Loaded{}
	q := warehouse.Query{Doing: "reading the series", SQL: statements.Text("loaded", nil)}
	_, err := warehouse.Select(ctx, db, q, func(scan func(...any) error) (struct{}, error) {
		var s flow.Series
		var l flow.Loaded
		err := scan(&s.Account, (*string)(&s.Granularity), (*string)(&s.Region), (*string)(&s.Gateway),
			(*string)(&s.Traffic), &l.Configured, &l.Start, &l.Zone)
		loaded[s] = l
		return struct{}{}, err
	})
	return loaded, err
}

// verifyUnloaded compares the series of the configuration with those that runs have loaded. If nothing is loaded at
// all, nothing.sql reports that.
func (a *Auditor) verifyUnloaded(ctx context.Context, v Verification) error {
	loaded, err := Loaded(ctx, a.db)
	if err != nil || len(loaded) == 0 {
		return err
	}
	for i, d := range flow.Unloaded(v.Wanted, loaded) {
		found := verdict{
			Begin: time.Unix(int64(10*v.part+i), 0), Compared: "series loaded as configured = series of the configuration",
			State: CheckFailed, Left: len(v.Wanted) - d.Series, Right: len(v.Wanted), Words: d.Words, N: 1,
		}
		s := step{CheckCoverage, "comparing the configuration with what is loaded", "verdict", found}
		if err := a.check(ctx, v, s); err != nil {
			return err
		}
	}
	return nil
}
