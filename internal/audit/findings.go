package audit

import (
	"context"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// checkCounts returns how many results of each check of a verification came to each state.
func (a *Auditor) checkCounts(ctx context.Context, verifyID string) ([]CheckCount, error) {
	return warehouse.Select(ctx, a.db, warehouse.Query{
		Doing: "reading the results", SQL: statements.Text("check_counts", nil), Values: warehouse.Values{"verify_id": verifyID},
	}, func(scan func(...any) error) (c CheckCount, err error) {
		var state string
		err = scan(&c.Check, &state, &c.Results, &c.Buckets)
		c.State = CheckState(state)
		return c, err
	})
}

// findings returns what a verification found in a state, the results of one kind and series together, at most limit of
// them.
func (a *Auditor) findings(ctx context.Context, verifyID string, state CheckState, limit int) ([]Finding, error) {
	return warehouse.Select(ctx, a.db, warehouse.Query{
		Doing: "reading the results", SQL: statements.Text("findings", nil),
		Values: warehouse.Values{"verify_id": verifyID, "state": string(state), "limit": limit},
	}, func(scan func(...any) error) (f Finding, err error) {
		var granularity, region, gateway, traffic string
		f.State = state
		err = scan(&f.Check, &f.Account, &granularity, &region, &gateway, &traffic, &f.Compared, &f.Detail, &f.Buckets, &f.Begin, &f.End,
			&f.FirstBegin, &f.FirstEnd, &f.Left, &f.Right)
		f.Granularity, f.Region = flow.Granularity(granularity), flow.Region(region)
		f.Gateway, f.Traffic = flow.GatewayType(gateway), flow.TrafficType(traffic)
		return f, err
	})
}
