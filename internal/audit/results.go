package audit

import (
	"context"
	"slices"

	"github.com/mnaflow/mnaflow/internal/flow"
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
func (a *Auditor) findings(
	ctx context.Context, verifyID string, wanted flow.Dimensions, state CheckState, limit int,
) ([]Finding, error) {
	return warehouse.Select(ctx, a.db, warehouse.Query{
		Doing: "reading the results", SQL: statements.Text("findings", nil),
		Values: warehouse.Values{"verify_id": verifyID, "state": string(state), "limit": limit},
	}, func(scan func(...any) error) (f Finding, err error) {
		f.State = state
		var detail string
		err = scan(&f.Check, &f.Account, (*string)(&f.Granularity), (*string)(&f.Region), (*string)(&f.Gateway),
			(*string)(&f.Traffic), &f.Compared, &detail, &f.Buckets, &f.Begin, &f.End, &f.FirstBegin, &f.FirstEnd,
			&f.Left, &f.Right)
		f.lacks = lacking(f, wanted)
		f.Describe(detail)
		return f, err
	})
}

// lacking names the first dimension of a finding's series that the configuration does not extract, and where to add it;
// nothing where a load can reach the series. A load does nothing for others, whatever is wrong with them.
func lacking(f Finding, wanted flow.Dimensions) string {
	if len(wanted.Accounts) == 0 {
		return "it to the configuration" // nothing of what is selected is configured
	}
	for _, d := range []struct {
		value, key string
		values     []string
	}{
		{f.Account, "accounts", wanted.Accounts},
		{string(f.Granularity), "extract.granularities", wanted.Granularities},
		{string(f.Region), "extract.regions", wanted.Regions},
		{string(f.Gateway), "extract.gateway_types", wanted.GatewayTypes},
		{string(f.Traffic), "extract.traffic_types", wanted.TrafficTypes},
	} {
		if d.value != "" && !slices.Contains(d.values, d.value) {
			return d.value + " to " + d.key
		}
	}
	return ""
}
