package report

import (
	"context"
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

// Gap is a range that no accepted answer covers, of every series for which it is the same.
type Gap struct {
	Series []flow.Series `json:"series"` // of one account and granularity
	Begin  time.Time     `json:"gap_begin"`
	End    time.Time     `json:"gap_end"`
	Reason string        `json:"reason"`
}

// Coverage returns how complete the configured series are, summed by account and granularity.
func (r *Reader) Coverage(ctx context.Context) ([]Coverage, error) {
	return read(ctx, r, "reading the coverage", "coverage", nil, func(scan func(...any) error) (c Coverage, err error) {
		var granularity string
		err = scan(&c.Account, &granularity, &c.Series, &c.Expected, &c.Covered, &c.Failed, &c.Unavailable, &c.Gap, &c.Tail, &c.Reported,
			&c.ExpectedFrom, &c.ExpectedTo, &c.FreshTo, &c.FirstReported, &c.LastExtracted)
		c.Granularity = flow.Granularity(granularity)
		return c, err
	})
}

// Gaps returns what no accepted answer covers of the configured series, failures first, at most limit ranges.
func (r *Reader) Gaps(ctx context.Context, limit int) ([]Gap, error) {
	values := warehouse.Values{"limit": limit}
	return read(ctx, r, "reading the gaps", "gaps", values, func(scan func(...any) error) (g Gap, err error) {
		var account, granularity string
		var names [][]string
		err = scan(&account, &granularity, &names, &g.Begin, &g.End, &g.Reason)
		for _, n := range names {
			g.Series = append(g.Series, flow.Series{
				Account: account, Granularity: flow.Granularity(granularity), Region: flow.Region(n[0]),
				Gateway: flow.GatewayType(n[1]), Traffic: flow.TrafficType(n[2]),
			})
		}
		return g, err
	})
}
