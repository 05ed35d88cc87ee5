package report

import (
	"context"
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// Coverage sums up how complete the configured series of one account and granularity are. Times are in UTC.
type Coverage struct {
	Account     string           `json:"account"`
	Granularity flow.Granularity `json:"granularity"`
	Series      uint64           `json:"series"`
	Expected    uint64           `json:"expected_buckets"` // from start to now less settle: the sum of the next four
	Covered     uint64           `json:"covered_buckets"`
	Failed      uint64           `json:"failed_buckets"`
	Unavailable uint64           `json:"unavailable_buckets"`
	Gap         uint64           `json:"gap_buckets"`
	Tail        uint64           `json:"tail_buckets"`     // of the gap, buckets that settled after the newest answer
	Reported    uint64           `json:"reported_buckets"` // of the covered, those with a value

	ExpectedFrom  time.Time  `json:"expected_from"`
	ExpectedTo    time.Time  `json:"expected_to"`
	FreshTo       time.Time  `json:"fresh_to"`        // the end of the newest covered bucket; of the oldest series
	Oldest        uint64     `json:"fresh_to_series"` // how many series are covered to there only
	FirstReported *time.Time `json:"first_reported"`
	LastExtracted *time.Time `json:"last_extracted_at"`
}

// Percent returns the percentage of covered buckets, those aside that the API no longer keeps.
func (c Coverage) Percent() float64 {
	if c.Expected == c.Unavailable {
		return 100
	}
	return 100 * float64(c.Covered) / float64(c.Expected-c.Unavailable)
}

// Gap is buckets of one account and granularity that no accepted answer covers, for the same kind of reason.
type Gap struct {
	Series []flow.Series `json:"series"` // the series that it affects
	Ranges int           `json:"ranges"` // how many ranges it sums up; between them may be covered buckets
	Begin  time.Time     `json:"gap_begin"`
	End    time.Time     `json:"gap_end"`
	Reason string        `json:"reason"` // of the first range
}

// values are the parameters of the template chosen.
func values(chosen flow.Dimensions) warehouse.Values {
	return warehouse.Values{
		"accounts": chosen.Accounts, "granularities": chosen.Granularities, "regions": chosen.Regions,
		"gateways": chosen.GatewayTypes, "types": chosen.TrafficTypes,
	}
}

// Coverage returns the coverage of all series of the last run's configuration, by account and granularity.
func (r *Reader) Coverage(ctx context.Context) ([]Coverage, error) {
	return r.coverage(ctx, flow.Dimensions{})
}

func (r *Reader) coverage(ctx context.Context, chosen flow.Dimensions) ([]Coverage, error) {
	row := func(scan func(...any) error) (c Coverage, err error) {
		return c, scan(&c.Account, (*string)(&c.Granularity), &c.Series, &c.Expected, &c.Covered, &c.Failed,
			&c.Unavailable, &c.Gap, &c.Tail, &c.Reported, &c.ExpectedFrom, &c.ExpectedTo, &c.FreshTo, &c.Oldest,
			&c.FirstReported, &c.LastExtracted)
	}
	return read(ctx, r, "reading the coverage", "coverage", values(chosen), row)
}

// readGaps bounds the ranges that Gaps reads.
const readGaps = 1000

// Gaps returns the gaps of the chosen series, failed ones first; without a choice, of those of the last run. Ranges
// that failed for the same kind of reason are one gap. Example: with a wrong time zone each daily window fails, which
// is one gap.
func (r *Reader) Gaps(ctx context.Context, chosen flow.Dimensions) ([]Gap, error) {
	parameters := values(chosen)
	parameters["limit"] = readGaps
	ranges, err := read(ctx, r, "reading the gaps", "gaps", parameters, func(scan func(...any) error) (g Gap, err error) {
		var s flow.Series
		var names [][]string
		err = scan(&s.Account, (*string)(&s.Granularity), &names, &g.Begin, &g.End, &g.Reason)
		for _, n := range names {
			s.Region, s.Gateway, s.Traffic = flow.Region(n[0]), flow.GatewayType(n[1]), flow.TrafficType(n[2])
			g.Series = append(g.Series, s)
		}
		g.Ranges = 1
		return g, err
	})
	return joined(ranges), err
}

// joined joins ranges of the same account, granularity and kind of reason. Ranges that were never requested stay apart,
// unless they begin and end together.
func joined(ranges []Gap) []Gap {
	out := []Gap{}
	at := map[[3]string]int{}
	for _, g := range ranges {
		kind := flow.Kind(g.Reason)
		if g.Reason == neverRequested {
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

// neverRequested is the reason in the view flow_gaps for buckets that were never requested.
const neverRequested = "never requested"
