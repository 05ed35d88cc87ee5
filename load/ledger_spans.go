package load

import (
	"context"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// LedgerSpans yields what planning needs from the ledger: for each series of an account and granularity the spans
// that overlap within, in any order. Daily rows of another time zone than that of c do not count.
//
// The spans of a series are its islands, unbroken ranges that are final, and what is known of other buckets: parts of
// accepted windows that were not final when they were requested, and attempts that failed. So there are as many as
// gaps and recent passes, however long the ledger is.
//
// It waits while the warehouse is away, at most five minutes. It reads all before it yields, so that a series comes
// once even if the ledger had to be read again. An error is a *flow.Error of class Warehouse, the context's, or
// yield's.
func (l *Loader) LedgerSpans(
	ctx context.Context, account string, c flow.Calendar, within flow.Window, finality time.Duration,
	yield func(flow.Series, []flow.LedgerSpan) error,
) error {
	values := warehouse.Values{
		"account": account, "granularity": string(c.Granularity()), "zone": c.Zone().String(),
		"from": within.Begin, "to": within.End, "finality": int(finality / time.Second),
	}
	order, islands, err := l.spansOf(ctx, "ledger_islands", account, c, values)
	if err != nil {
		return err
	}
	passOver(islands, values)
	more, open, err := l.spansOf(ctx, "ledger_open", account, c, values)
	if err != nil {
		return err
	}
	for _, s := range more {
		if _, ok := islands[s]; !ok {
			order = append(order, s)
		}
	}
	for _, s := range order {
		spans := slices.DeleteFunc(islands[s], func(k flow.LedgerSpan) bool { return k.Window.Empty() })
		if spans = append(spans, outside(spans, open[s])...); len(spans) > 0 {
			if err := yield(s, spans); err != nil {
				return err
			}
		}
	}
	return nil
}

// spansOf returns the spans that a statement yields, by series and in its order.
func (l *Loader) spansOf(
	ctx context.Context, statement, account string, c flow.Calendar, values warehouse.Values,
) (order []flow.Series, spans map[flow.Series][]flow.LedgerSpan, err error) {
	type row struct {
		series flow.Series
		span   flow.LedgerSpan
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
	rows, err := read(ctx, l, "reading the ledger", statement, c.Zone(), values, one)
	spans = map[flow.Series][]flow.LedgerSpan{}
	for _, r := range rows {
		if spans[r.series] == nil {
			order = append(order, r.series)
		}
		spans[r.series] = append(spans[r.series], r.span)
	}
	return order, spans, err
}

// passOver adds to values the longest island of each series, whose entries need not be read again, and what the longest
// islands of all series have in common. A series without an island has an empty span: all of its entries are read.
func passOver(islands map[flow.Series][]flow.LedgerSpan, values warehouse.Values) {
	var series []string
	var begins, ends []uint32
	shared := flow.Window{Begin: time.Unix(0, 0), End: time.Unix(0, 0)}
	for s, spans := range islands {
		longest := spans[0].Window
		for _, k := range spans[1:] {
			if k.Window.End.Sub(k.Window.Begin) > longest.End.Sub(longest.Begin) {
				longest = k.Window
			}
		}
		if len(series) == 0 || longest.Begin.After(shared.Begin) {
			shared.Begin = longest.Begin
		}
		if len(series) == 0 || longest.End.Before(shared.End) {
			shared.End = longest.End
		}
		series = append(series, string(s.Region)+"/"+string(s.Gateway)+"/"+string(s.Traffic))
		begins, ends = append(begins, uint32(longest.Begin.Unix())), append(ends, uint32(longest.End.Unix()))
	}
	if len(series) == 0 { // the server wants at least one
		series, begins, ends = []string{""}, []uint32{0}, []uint32{0}
	}
	values["series"], values["begins"], values["ends"] = series, begins, ends
	values["last_begin"], values["first_end"] = shared.Begin, shared.End
}

// outside returns the spans that no island contains. Of attempts that failed with the same begin it leaves out those
// which a later one contains: a range that stays refused grows each hour, and only its newest attempt matters. Both are
// in the order of their begins, and open spans with the same begin from the newest on.
func outside(islands, open []flow.LedgerSpan) []flow.LedgerSpan {
	var out []flow.LedgerSpan
	var later flow.Window // of the failed span before
	for _, k := range open {
		for len(islands) > 1 && !islands[1].Window.Begin.After(k.Window.Begin) {
			islands = islands[1:]
		}
		if len(islands) > 0 && !k.Window.Begin.Before(islands[0].Window.Begin) &&
			!k.Window.End.After(islands[0].Window.End) {
			continue
		}
		if k.State != flow.Accepted {
			if k.Window.Begin.Equal(later.Begin) && !k.Window.End.After(later.End) {
				continue
			}
			later = k.Window
		}
		out = append(out, k)
	}
	return out
}
