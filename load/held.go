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

// Held returns for each attempt what is held of each of its buckets, in the order of its facts; nil where nothing is. It waits while the
// warehouse is away, within a bound.
func (w *Warehouse) Held(ctx context.Context, attempts []flow.Attempt) ([][]flow.Held, error) {
	if err := w.explain(ctx, attempts); err != nil {
		return nil, err
	}
	var held [][]flow.Held
	err := w.retry(ctx, "reading what is held", func(ctx context.Context) error {
		held = make([][]flow.Held, len(attempts))
		bySeries := map[flow.Series][]int{}
		for i, a := range attempts {
			if a.State == flow.Accepted {
				bySeries[a.Series] = append(bySeries[a.Series], i)
			}
		}
		if len(bySeries) == 0 {
			return nil
		}
		// at calls f with the place of a bucket in each attempt that covers it.
		at := func(s flow.Series, bucket time.Time, f func(attempt int, h *flow.Held)) {
			for _, i := range bySeries[s] {
				facts := attempts[i].Extract.Facts
				j := sort.Search(len(facts), func(j int) bool { return !facts[j].Bucket.Before(bucket) })
				if j < len(facts) && facts[j].Bucket.Equal(bucket) {
					if held[i] == nil {
						held[i] = make([]flow.Held, len(facts))
					}
					f(i, &held[i][j])
				}
			}
		}
		if err := w.heldFacts(ctx, attempts, at); err != nil {
			return err
		}
		return w.heldHistory(ctx, attempts, at)
	})
	return held, err
}

type placed func(s flow.Series, bucket time.Time, f func(attempt int, h *flow.Held))

// heldFacts reads the current values.
func (w *Warehouse) heldFacts(ctx context.Context, attempts []flow.Attempt, at placed) error {
	where, args := windows(attempts)
	rows, err := w.conn.Query(ctx, `SELECT granularity, account, access_region, gateway_type, traffic_type, bucket, reported, is_final
FROM facts FINAL WHERE `+where, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k key
		var reported, final bool
		if err := rows.Scan(&k.granularity, &k.account, &k.region, &k.gateway, &k.traffic, &k.bucket, &reported, &final); err != nil {
			return err
		}
		at(k.series(), k.bucket, func(_ int, h *flow.Held) { h.Reported, h.Final = reported, final })
	}
	return rows.Err()
}

// heldHistory reads of each bucket the newest value that was observed before the attempt, so that an attempt which is written late is
// compared with what came before it, not with what came after.
func (w *Warehouse) heldHistory(ctx context.Context, attempts []flow.Attempt, at placed) error {
	where, args := windows(attempts)
	rows, err := w.conn.Query(ctx, `SELECT granularity, account, access_region, gateway_type, traffic_type, bucket, time_zone, reported, bytes, version
FROM history WHERE `+where+` ORDER BY version`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k key
		var zone string
		var reported bool
		var bytes, version uint64
		if err := rows.Scan(&k.granularity, &k.account, &k.region, &k.gateway, &k.traffic, &k.bucket, &zone, &reported, &bytes, &version); err != nil {
			return err
		}
		at(k.series(), k.bucket, func(i int, h *flow.Held) {
			// A day of another zone is no older value, even if it began at the same instant: views hide it.
			same := zone == attempts[i].Calendar.Zone().String() || attempts[i].Series.Granularity == flow.Hourly
			if same && version < attempts[i].Sent.Version {
				h.Known, h.KnownReported, h.KnownBytes = true, reported, bytes
			}
		})
	}
	return rows.Err()
}

// key is a bucket of a series as rows carry it.
type key struct {
	granularity, account, region, gateway, traffic string
	bucket                                         time.Time
}

func (k key) series() flow.Series {
	return flow.Series{
		Account: k.account, Granularity: flow.Granularity(k.granularity), Region: flow.Region(k.region),
		Gateway: flow.GatewayType(k.gateway), Traffic: flow.TrafficType(k.traffic),
	}
}

func keyOf(s flow.Series, bucket time.Time) key {
	return key{string(s.Granularity), s.Account, string(s.Region), string(s.Gateway), string(s.Traffic), bucket.UTC()}
}

const ofSeries = "granularity = ? AND account = ? AND access_region = ? AND gateway_type = ? AND traffic_type = ?"

func seriesArgs(s flow.Series) []any {
	return []any{string(s.Granularity), s.Account, string(s.Region), string(s.Gateway), string(s.Traffic)}
}

// ranges are the windows of the accepted attempts, neighbours of a series joined: a condition of hundreds of terms costs the server more than
// reading the rows. The version is the lowest of those joined.
func ranges(attempts []flow.Attempt) []flow.Attempt {
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

// windows is the condition that selects the rows of the accepted attempts' windows.
func windows(attempts []flow.Attempt) (where string, args []any) {
	var terms []string
	for _, a := range ranges(attempts) {
		terms = append(terms, "("+ofSeries+" AND bucket >= ? AND bucket < ?)")
		args = append(append(args, seriesArgs(a.Series)...), a.Window.Begin, a.Window.End)
	}
	return strings.Join(terms, " OR "), args
}
