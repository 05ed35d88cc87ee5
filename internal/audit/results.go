package audit

import (
	"context"

	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// checkCounts counts the results of a verification by check and state.
func (a *Auditor) checkCounts(ctx context.Context, verifyID string) ([]CheckCount, error) {
	return warehouse.Select(ctx, a.db, warehouse.Query{
		Doing: "reading the results", SQL: statements.Text("check_counts", nil),
		Values: warehouse.Values{"verify_id": verifyID},
	}, func(scan func(...any) error) (c CheckCount, err error) {
		return c, scan(&c.Check, (*string)(&c.State), &c.Results, &c.Buckets)
	})
}

// findings returns the results of a verification that have the state, summed up. It returns at most limit findings.
func (a *Auditor) findings(ctx context.Context, verifyID string, state CheckState, limit int) ([]Finding, error) {
	return warehouse.Select(ctx, a.db, warehouse.Query{
		Doing: "reading the results", SQL: statements.Text("findings", nil),
		Values: warehouse.Values{"verify_id": verifyID, "state": string(state), "limit": limit},
	}, func(scan func(...any) error) (f Finding, err error) {
		f.State = state
		var detail string
		err = scan(&f.Check, &f.Account, (*string)(&f.Granularity), (*string)(&f.Region), (*string)(&f.Gateway),
			(*string)(&f.Traffic), &f.Compared, &detail, &f.Buckets, &f.Begin, &f.End, &f.FirstBegin, &f.FirstEnd,
			&f.Left, &f.Right)
		f.Describe(detail)
		return f, err
	})
}
