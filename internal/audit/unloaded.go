package audit

import (
	"context"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// verifyUnloaded compares the series that the configuration at hand asks for with those that runs have loaded.
func (a *Auditor) verifyUnloaded(ctx context.Context, v Verification) error {
	q := warehouse.Query{Doing: "reading the series", SQL: statements.Text("loaded", nil)}
	loaded := map[flow.Series]time.Time{}
	_, err := warehouse.Select(ctx, a.db, q, func(scan func(...any) error) (struct{}, error) {
		var account, granularity, region, gateway, traffic string
		var from time.Time
		err := scan(&account, &granularity, &region, &gateway, &traffic, &from)
		loaded[flow.Series{
			Account: account, Granularity: flow.Granularity(granularity), Region: flow.Region(region),
			Gateway: flow.GatewayType(gateway), Traffic: flow.TrafficType(traffic),
		}] = from
		return struct{}{}, err
	})
	if err != nil || len(loaded) == 0 { // that nothing is loaded is a finding of its own
		return err
	}
	for i, words := range flow.Unloaded(v.Wanted, loaded) {
		err := a.check(ctx, v, step{CheckCoverage, "comparing the configuration with what is loaded", "verdict", verdict{
			Begin: time.Unix(int64(i), 0), Compared: "series that are loaded = series of the configuration", State: CheckFailed,
			Left: len(loaded), Right: len(v.Wanted), Words: words, N: 1,
		}})
		if err != nil {
			return err
		}
	}
	return nil
}
