package load

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// held returns for each attempt what the warehouse holds of its buckets, in the order of the attempt's facts; nil where
// it holds nothing. windows are those of the accepted attempts, as joined returns them.
func (l *Loader) held(ctx context.Context, attempts, windows []flow.Attempt) ([][]flow.Held, error) {
	held := make([][]flow.Held, len(attempts))
	bySeries := map[flow.Series][]int{}
	for i, a := range attempts {
		if a.State == flow.Accepted {
			bySeries[a.Series] = append(bySeries[a.Series], i)
		}
	}
	// at calls f with the place of a bucket in each attempt that covers it.
	at := func(s flow.Series, bucket time.Time, f func(attempt int, h *flow.Held)) {
		for _, i := range bySeries[s] {
			facts := attempts[i].Transformed.Facts
			j := sort.Search(len(facts), func(j int) bool { return !facts[j].Bucket.Before(bucket) })
			if j < len(facts) && facts[j].Bucket.Equal(bucket) {
				if held[i] == nil {
					held[i] = make([]flow.Held, len(facts))
				}
				f(i, &held[i][j])
			}
		}
	}
	facts, err := l.heldFacts(ctx, windows)
	if err != nil {
		return nil, err
	}
	for _, f := range facts {
		at(f.series, f.bucket, func(_ int, h *flow.Held) { h.Reported, h.Final = f.reported, f.final })
	}
	history, err := l.heldHistory(ctx, windows)
	if err != nil {
		return nil, err
	}
	// An attempt is compared with the newest value that was observed before it. Say history has 5 at v1 and 7 at v3,
	// and an attempt sent at v2 is written late: it is compared with 5.
	for _, f := range history {
		at(f.series, f.bucket, func(i int, h *flow.Held) {
			a := &attempts[i]
			// A day of another zone is no previous value, even if it began at the same instant: views hide it.
			same := a.Series.Granularity == flow.Hourly || f.zone == a.Calendar.Zone().String()
			if same && f.version < a.Sent.Version {
				h.HasPrevious, h.PreviousReported, h.PreviousBytes = true, f.reported, f.bytes
			}
		})
	}
	return held, nil
}

// heldFact is a row of facts or history.
type heldFact struct {
	key
	zone            string
	reported, final bool
	bytes, version  uint64
}

// heldFacts reads the current values.
func (l *Loader) heldFacts(ctx context.Context, windows []flow.Attempt) ([]heldFact, error) {
	return read(ctx, l, "reading the stored facts", "held_facts", windows, nil,
		func(scan func(...any) error) (f heldFact, err error) {
			return f, scan(append(names(&f.series), &f.bucket, &f.reported, &f.final)...)
		})
}

// heldHistory reads all values that there were, the oldest first.
func (l *Loader) heldHistory(ctx context.Context, windows []flow.Attempt) ([]heldFact, error) {
	return read(ctx, l, "reading the history", "held_history", windows, nil,
		func(scan func(...any) error) (f heldFact, err error) {
			return f, scan(append(names(&f.series), &f.bucket, &f.zone, &f.reported, &f.bytes, &f.version)...)
		})
}

// key identifies a bucket of a series. bucket is in UTC, so that keys compare.
type key struct {
	series flow.Series
	bucket time.Time
}

// names returns where to scan the columns granularity, account, access_region, gateway_type and traffic_type.
func names(s *flow.Series) []any {
	return []any{
		(*string)(&s.Granularity), &s.Account, (*string)(&s.Region), (*string)(&s.Gateway), (*string)(&s.Traffic),
	}
}

// joined returns the windows of the accepted attempts, those of a series that touch joined into one: a condition with
// hundreds of terms costs the server more than reading the rows. Its version is the lowest of those joined.
func joined(attempts []flow.Attempt) []flow.Attempt {
	var out []flow.Attempt
	for _, a := range attempts {
		if a.State == flow.Accepted {
			out = append(out, flow.Attempt{Series: a.Series, Calendar: a.Calendar, Window: a.Window, Sent: a.Sent})
		}
	}
	slices.SortFunc(out, func(a, b flow.Attempt) int {
		return cmp.Or(strings.Compare(a.Series.String(), b.Series.String()), a.Window.Begin.Compare(b.Window.Begin))
	})
	n := 0
	for _, a := range out {
		if n > 0 && out[n-1].Series == a.Series && !a.Window.Begin.After(out[n-1].Window.End) {
			last := &out[n-1]
			last.Window.End = slices.MaxFunc([]time.Time{last.Window.End, a.Window.End}, time.Time.Compare)
			last.Sent.Version = min(last.Sent.Version, a.Sent.Version)
			continue
		}
		out[n] = a
		n++
	}
	return out[:n]
}
