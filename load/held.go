package load

import (
	"context"
	"sort"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Held returns for each attempt what is held of each of its buckets, in the order of its facts; nil where nothing is. It waits while the
// warehouse is away, within a bound.
func (w *Warehouse) Held(ctx context.Context, attempts []flow.Attempt) ([][]flow.Held, error) {
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
	where, args := windows(attempts, false)
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
	where, args := windows(attempts, true)
	rows, err := w.conn.Query(ctx, `SELECT granularity, account, access_region, gateway_type, traffic_type, bucket, reported, bytes, version
FROM history WHERE `+where+` ORDER BY version`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k key
		var reported bool
		var bytes, version uint64
		if err := rows.Scan(&k.granularity, &k.account, &k.region, &k.gateway, &k.traffic, &k.bucket, &reported, &bytes, &version); err != nil {
			return err
		}
		at(k.series(), k.bucket, func(i int, h *flow.Held) {
			if version < attempts[i].Sent.Version {
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

// windows is the condition that selects the rows of the accepted attempts' windows, older than each attempt where asked.
func windows(attempts []flow.Attempt, older bool) (where string, args []any) {
	const one = "(granularity = ? AND account = ? AND access_region = ? AND gateway_type = ? AND traffic_type = ? AND bucket >= ? AND bucket < ?"
	var terms []string
	for _, a := range attempts {
		if a.State != flow.Accepted {
			continue
		}
		term := one
		args = append(args, string(a.Series.Granularity), a.Series.Account, string(a.Series.Region), string(a.Series.Gateway), string(a.Series.Traffic),
			a.Window.Begin, a.Window.End)
		if older {
			term += " AND version < ?"
			args = append(args, a.Sent.Version)
		}
		terms = append(terms, term+")")
	}
	return strings.Join(terms, " OR "), args
}
