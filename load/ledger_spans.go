package load

import (
	"context"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// LedgerSpans yields what the ledger says of each series of an account and granularity, one series at a time. It waits while
// the warehouse is away, within a bound, and yields once all is read, so that a series comes once however often the
// ledger has to be read.
func (l *Loader) LedgerSpans(ctx context.Context, account string, c flow.Calendar, within flow.Window, finality time.Duration,
	yield func(flow.Series, []flow.LedgerSpan) error,
) error {
	type row struct {
		series flow.Series
		known  flow.LedgerSpan
	}
	values := warehouse.Values{
		"account": account, "granularity": string(c.Granularity()), "zone": c.Zone().String(),
		"from": within.Begin, "to": within.End, "finality": int(finality / time.Second),
	}
	rows, err := read(ctx, l, "reading the ledger", "ledger_spans", c.Zone(), values, func(scan func(...any) error) (r row, err error) {
		var region, gateway, traffic, state, class string
		var failures uint16
		var reach int64
		k := &r.known
		err = scan(&region, &gateway, &traffic, &k.Window.Begin, &k.Window.End, &state, &class, &failures,
			&k.Sent.At, &k.Sent.Version, &reach)
		r.series = flow.Series{
			Account: account, Granularity: c.Granularity(),
			Region: flow.Region(region), Gateway: flow.GatewayType(gateway), Traffic: flow.TrafficType(traffic),
		}
		k.State, k.Class, k.Failures = flow.State(state), flow.Class(class), int(failures)
		k.Reach = time.Duration(max(0, reach)) * time.Second
		return r, err
	})
	if err != nil {
		return err
	}
	for len(rows) > 0 {
		series := rows[0].series
		var known []flow.LedgerSpan
		for len(rows) > 0 && rows[0].series == series {
			known, rows = append(known, rows[0].known), rows[1:]
		}
		if err := yield(series, known); err != nil {
			return err
		}
	}
	return nil
}
