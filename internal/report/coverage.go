package report

import (
	"context"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// Coverage is how complete the configured series of one account and granularity are.
type Coverage struct {
	Account     string           `json:"account"`
	Granularity flow.Granularity `json:"granularity"`
	Series      uint64           `json:"series"`
	Expected    uint64           `json:"expected_buckets"` // from start to now less settle; the next four sum to it
	Covered     uint64           `json:"covered_buckets"`
	Failed      uint64           `json:"failed_buckets"`
	Unavailable uint64           `json:"unavailable_buckets"`
	Gap         uint64           `json:"gap_buckets"`
	Tail        uint64           `json:"tail_buckets"` // of the gap, what has settled since the newest answer
	Reported    uint64           `json:"reported_buckets"`

	ExpectedFrom  time.Time  `json:"expected_from"`
	ExpectedTo    time.Time  `json:"expected_to"`
	FreshTo       time.Time  `json:"fresh_to"` // every series is covered up to here at its newest end
	FirstReported *time.Time `json:"first_reported"`
	LastExtracted *time.Time `json:"last_extracted_at"`
}

// Percent is the covered part of what the API can answer.
func (c Coverage) Percent() float64 {
	if c.Expected == c.Unavailable {
		return 100
	}
	return 100 * float64(c.Covered) / float64(c.Expected-c.Unavailable)
}

// Gap is what no accepted answer covers for one reason, of every series for which it is the same.
type Gap struct {
	Series []flow.Series `json:"series"` // of one account and granularity
	Ranges int           `json:"ranges"` // from Begin to End, with or without answers between them
	Begin  time.Time     `json:"gap_begin"`
	End    time.Time     `json:"gap_end"`
	Reason string        `json:"reason"` // of the first range
}

// Choice is what is taken of each dimension; nothing means all.
type Choice struct{ Accounts, Granularities, Regions, GatewayTypes, TrafficTypes []string }

func (c Choice) values() warehouse.Values {
	return warehouse.Values{
		"accounts": c.Accounts, "granularities": c.Granularities, "regions": c.Regions, "gateways": c.GatewayTypes, "types": c.TrafficTypes,
	}
}

// Coverage returns how complete the configured series are, summed by account and granularity.
func (r *Reader) Coverage(ctx context.Context) ([]Coverage, error) { return r.coverage(ctx, Choice{}) }

func (r *Reader) coverage(ctx context.Context, of Choice) ([]Coverage, error) {
	return read(ctx, r, "reading the coverage", "coverage", of.values(), func(scan func(...any) error) (c Coverage, err error) {
		var granularity string
		err = scan(&c.Account, &granularity, &c.Series, &c.Expected, &c.Covered, &c.Failed, &c.Unavailable, &c.Gap, &c.Tail, &c.Reported,
			&c.ExpectedFrom, &c.ExpectedTo, &c.FreshTo, &c.FirstReported, &c.LastExtracted)
		c.Granularity = flow.Granularity(granularity)
		return c, err
	})
}

// readGaps bounds what is read of the gaps to be put together.
const readGaps = 1000

// Gaps returns what no accepted answer covers of the configured series, failures first. Ranges that failed for one kind
// of reason are one gap: a wrong time zone fails each daily window.
func (r *Reader) Gaps(ctx context.Context, of Choice) ([]Gap, error) {
	values := of.values()
	values["limit"] = readGaps
	ranges, err := read(ctx, r, "reading the gaps", "gaps", values, func(scan func(...any) error) (g Gap, err error) {
		var account, granularity string
		var names [][]string
		err = scan(&account, &granularity, &names, &g.Begin, &g.End, &g.Reason)
		for _, n := range names {
			g.Series = append(g.Series, flow.Series{
				Account: account, Granularity: flow.Granularity(granularity), Region: flow.Region(n[0]),
				Gateway: flow.GatewayType(n[1]), Traffic: flow.TrafficType(n[2]),
			})
		}
		g.Ranges = 1
		return g, err
	})
	return together(ranges), err
}

// together joins ranges of one account, granularity and kind of reason. A range that was never asked for stays by itself.
func together(ranges []Gap) []Gap {
	out := []Gap{}
	at := map[[3]string]int{}
	for _, g := range ranges {
		kind := flow.Kind(g.Reason)
		if g.Reason == neverAsked {
			kind = g.Begin.String() + g.End.String()
		}
		key := [3]string{g.Series[0].Account, string(g.Series[0].Granularity), kind}
		i, ok := at[key]
		if !ok {
			at[key] = len(out)
			out = append(out, g)
			continue
		}
		o := &out[i]
		o.Ranges++
		if g.Begin.Before(o.Begin) {
			o.Begin = g.Begin
		}
		if g.End.After(o.End) {
			o.End = g.End
		}
		for _, s := range g.Series {
			if !slices.Contains(o.Series, s) {
				o.Series = append(o.Series, s)
			}
		}
	}
	return out
}

// neverAsked is the reason of the view flow_gaps where nothing was ever asked.
const neverAsked = "never asked"
