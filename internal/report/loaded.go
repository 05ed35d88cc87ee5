package report

import (
	"context"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// loaded returns the series that the last run was configured with, and the instant from which each is loaded.
func (r *Reader) loaded(ctx context.Context) (map[flow.Series]time.Time, error) {
	out := map[flow.Series]time.Time{}
	_, err := read(ctx, r, "reading the series", "loaded", nil, func(scan func(...any) error) (struct{}, error) {
		var account, granularity, region, gateway, traffic string
		var from time.Time
		err := scan(&account, &granularity, &region, &gateway, &traffic, &from)
		out[flow.Series{
			Account: account, Granularity: flow.Granularity(granularity), Region: flow.Region(region),
			Gateway: flow.GatewayType(gateway), Traffic: flow.TrafficType(traffic),
		}] = from
		return struct{}{}, err
	})
	return out, err
}
