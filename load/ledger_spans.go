package load

import (
	"context"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// LedgerSpans yields what planning needs from the ledger: for each series of an account and granularity the spans
// that overlap within, in any order. Daily rows of another time zone than that of c do not count.
//
// It waits while the warehouse is away, at most five minutes. It reads all before it yields, so that a series comes
// once even if the ledger had to be read again. An error is a *flow.Error of class Warehouse, the context's, or
// yield's.
func (l *Loader) LedgerSpans(
	ctx context.Context, account string, c flow.Calendar, within flow.Window, finality time.Duration,
	yield func(flow.Series, []flow.LedgerSpan) error,
) error {
	type row struct {
		series flow.Series
		span   flow.LedgerSpan
	}
	values := warehouse.Values{
		"account": account, "granularity": string(c.Granularity()), "zone": c.Zone().String(),
		"from": within.Begin, "to": within.End, "finality": int(finality / time.Second),
	}
	one := func(scan func(...any) error) (r row, err error) {
		var failures uint16
		var reach int64
		s, k := &r.series, &r.span
		s.Account, s.Granularity = account, c.Granularity()
		err = scan((*string)(&s.Region), (*string)(&s.Gateway), (*string)(&s.Traffic), &k.Window.Begin, &k.Window.End,
			(*string)(&k.State), (*string)(&k.Class), &failures, &k.Sent.At, &k.Sent.Version, &reach)
		k.Failures = int(failures)
		k.Reach = time.Duration(max(0, reach)) * time.Second
		return r, err
	}
	rows, err := read(ctx, l, "reading the ledger", "ledger_spans", c.Zone(), values, one)
	if err != nil {
		return err
	}
	for len(rows) > 0 {
		series := rows[0].series
		var spans []flow.LedgerSpan
		for len(rows) > 0 && rows[0].series == series {
			spans, rows = append(spans, rows[0].span), rows[1:]
		}
		if err := yield(series, spans); err != nil {
			return err
		}
	}
	return nil
}
