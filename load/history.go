package load

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// change is a history row to be: one fact of an attempt whose value differs from the one that history has before it.
type change struct {
	fact     flow.Fact
	wasFinal bool
	before   flow.Held
}

// changes returns what history does not have yet of an accepted attempt, first values included, and counts in the attempt what was revised
// and retracted. held is in the order of the attempt's facts, nil where nothing is held.
func changes(a *flow.Attempt, held []flow.Held) []change {
	var out []change
	a.Revised, a.Retracted = 0, 0
	for i, f := range a.Extract.Facts {
		var h flow.Held
		if held != nil {
			h = held[i]
		}
		if h.Known && h.KnownReported == f.Reported && (!f.Reported || h.KnownBytes == f.Bytes) {
			continue
		}
		if h.Known {
			a.Revised++
			if h.KnownReported && !f.Reported {
				a.Retracted++
			}
		}
		out = append(out, change{fact: f, wasFinal: h.Final, before: h})
	}
	return out
}

// explainSQL gives history what it lacks where two writers looked before either wrote: a fact that differs from the newest history row up
// to its version, and of its zone where it is a day. The writer who left it out had seen no change.
const explainSQL = "INSERT INTO history (" + historyColumns + `)
SELECT f.granularity, f.account, f.access_region, f.gateway_type, f.traffic_type, f.bucket, f.day, f.time_zone, f.bytes, f.reported,
    false, f.extracted_at, f.run_id, f.request_id, f.version
FROM (SELECT * FROM facts FINAL WHERE %[1]s) AS f
ASOF INNER JOIN (SELECT * FROM history WHERE %[1]s) AS h
    ON f.granularity = h.granularity AND f.account = h.account AND f.access_region = h.access_region AND f.gateway_type = h.gateway_type
        AND f.traffic_type = h.traffic_type AND f.bucket = h.bucket AND f.version >= h.version
        AND if(f.granularity = 'hourly', '', f.time_zone) = if(h.granularity = 'hourly', '', h.time_zone)
WHERE (f.reported, f.bytes) != (h.reported, h.bytes)`

// explain completes the history of the buckets that attempts are about to be held against.
func (w *Warehouse) explain(ctx context.Context, attempts []flow.Attempt) error {
	where, args := windows(attempts)
	if where == "" {
		return nil
	}
	return w.retry(ctx, "completing the history", func(ctx context.Context) error {
		return w.conn.Exec(ctx, strings.ReplaceAll(explainSQL, "%[1]s", where), append(slices.Clone(args), args...)...)
	})
}

// newer is what is stored already and was sent after an attempt that is only now being written: the rare late writer.
type newer struct {
	answers []flow.Attempt // accepted ones, the oldest first: who, where and when, not what
	runs    []uuid.UUID    // of the answers
	changes map[key][]uint64
}

// newer reads what overlaps the attempts and was sent after them.
func (w *Warehouse) newer(ctx context.Context, attempts []flow.Attempt) (n newer, err error) {
	var terms []string
	var args []any
	for _, a := range ranges(attempts) {
		terms = append(terms, "("+ofSeries+" AND window_begin < ? AND window_end > ? AND version > ? AND (granularity = 'hourly' OR time_zone = ?))")
		args = append(append(args, seriesArgs(a.Series)...), a.Window.End, a.Window.Begin, a.Sent.Version, a.Calendar.Zone().String())
	}
	if len(terms) == 0 {
		return n, nil
	}
	err = w.retry(ctx, "looking for newer answers", func(ctx context.Context) error {
		n = newer{changes: map[key][]uint64{}}
		rows, err := w.conn.Query(ctx, `SELECT granularity, account, access_region, gateway_type, traffic_type, window_begin, window_end, run_id, request_id, sent_at, version
FROM ledger WHERE state = 'accepted' AND (`+strings.Join(terms, " OR ")+") ORDER BY version", args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var k key
			var run uuid.UUID
			var a flow.Attempt
			if err := rows.Scan(&k.granularity, &k.account, &k.region, &k.gateway, &k.traffic, &a.Window.Begin, &a.Window.End,
				&run, &a.RequestID, &a.Sent.At, &a.Sent.Version); err != nil {
				return err
			}
			a.Series = k.series()
			n.answers, n.runs = append(n.answers, a), append(n.runs, run)
		}
		if err := rows.Err(); err != nil || len(n.answers) == 0 {
			return err
		}
		return w.newerChanges(ctx, attempts, n.changes)
	})
	return n, err
}

// newerChanges reads the versions of the history rows of the attempts' buckets.
func (w *Warehouse) newerChanges(ctx context.Context, attempts []flow.Attempt, into map[key][]uint64) error {
	where, args := windows(attempts)
	rows, err := w.conn.Query(ctx, `SELECT granularity, account, access_region, gateway_type, traffic_type, bucket, version
FROM history WHERE `+where+` ORDER BY version`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k key
		var version uint64
		if err := rows.Scan(&k.granularity, &k.account, &k.region, &k.gateway, &k.traffic, &k.bucket, &version); err != nil {
			return err
		}
		k.bucket = k.bucket.UTC()
		into[k] = append(into[k], version)
	}
	return rows.Err()
}

// confirmation returns the oldest answer after a that covers a bucket, unless history has what it said. That answer had been the same as the
// one before a, and so was left out of history; with a in between it is a change. Where history has a itself, a was cut short and is being
// repeated: what it needed was written with it, and later answers were compared with it.
func (n newer) confirmation(a *flow.Attempt, bucket time.Time) (answer *flow.Attempt, run uuid.UUID, ok bool) {
	for i := range n.answers {
		b := &n.answers[i]
		if b.Series != a.Series || b.Sent.Version <= a.Sent.Version || !b.Window.Contains(bucket) {
			continue
		}
		for _, version := range n.changes[keyOf(a.Series, bucket)] {
			if version >= a.Sent.Version && version <= b.Sent.Version {
				return nil, uuid.UUID{}, false
			}
		}
		b.Calendar = a.Calendar
		return b, n.runs[i], true
	}
	return nil, uuid.UUID{}, false
}
