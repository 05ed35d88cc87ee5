package load

import (
	"context"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// CheckCounts returns how many results of each check of a verification came to each state.
func (w *Warehouse) CheckCounts(ctx context.Context, verifyID string) ([]flow.CheckCount, error) {
	const query = `SELECT check_name, state, count(), sum(compared_buckets) FROM mnaflow.data_checks WHERE verify_id = ? GROUP BY check_name, state ORDER BY check_name, state`
	return collect(ctx, w, "reading the results", query, func(scan func(...any) error) (c flow.CheckCount, err error) {
		var state string
		err = scan(&c.Check, &state, &c.Results, &c.Buckets)
		c.State = flow.CheckState(state)
		return c, err
	}, verifyID)
}

// Findings returns what a verification found in a state, the results of one kind and series together, at most limit of them. What explains
// the others comes first: a time zone, then a unit, then the rest.
func (w *Warehouse) Findings(ctx context.Context, verifyID string, state flow.CheckState, limit int) ([]flow.Finding, error) {
	const query = `
SELECT check_name, account, granularity, access_region, gateway_type, traffic_type, compared, detail, sum(compared_buckets), min(range_begin) AS first, max(range_end),
    argMin(range_begin, (range_begin, range_end)), argMin(range_end, (range_begin, range_end)),
    argMin(tuple(left_figure), (range_begin, range_end)).1, argMin(tuple(right_figure), (range_begin, range_end)).1
FROM mnaflow.data_checks
WHERE verify_id = ? AND state = ?
GROUP BY check_name, account, granularity, access_region, gateway_type, traffic_type, compared, detail
ORDER BY check_name = 'days' AND access_region = '' DESC, check_name IN ('directions', 'regions', 'days') AND detail != '' DESC,
    check_name, account, compared, granularity, access_region, gateway_type, traffic_type, first
LIMIT ?`
	return collect(ctx, w, "reading the results", query, func(scan func(...any) error) (f flow.Finding, err error) {
		var granularity, region, gateway, traffic string
		f.State = state
		err = scan(&f.Check, &f.Account, &granularity, &region, &gateway, &traffic, &f.Compared, &f.Detail, &f.Buckets, &f.Begin, &f.End,
			&f.FirstBegin, &f.FirstEnd, &f.Left, &f.Right)
		f.Granularity, f.Region = flow.Granularity(granularity), flow.Region(region)
		f.Gateway, f.Traffic = flow.GatewayType(gateway), flow.TrafficType(traffic)
		return f, err
	}, verifyID, string(state), limit)
}
