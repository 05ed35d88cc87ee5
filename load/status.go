package load

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// coverageSQL sums the coverage up. The tail of a series is what was never asked for behind all that is covered.
const coverageSQL = `
SELECT account, granularity, count(),
    sum(expected_buckets), sum(covered_buckets), sum(failed_buckets), sum(unavailable_buckets), sum(gap_buckets),
    sum(if(u.last_begin >= f.fresh, u.last_gap, 0)), sum(reported_buckets),
    min(c.expected_from), max(expected_to), min(greatest(f.fresh, c.expected_from)),
    min(first_reported), max(last_extracted_at)
FROM mnaflow.flow_coverage AS c
LEFT JOIN
(
    SELECT account, granularity, access_region, gateway_type, traffic_type, max(covered_end) AS fresh
    FROM mnaflow.covered
    GROUP BY account, granularity, access_region, gateway_type, traffic_type
) AS f USING (account, granularity, access_region, gateway_type, traffic_type)
LEFT JOIN
(
    SELECT account, granularity, access_region, gateway_type, traffic_type, max(segment_begin) AS last_begin,
        argMax(if(state = 'gap', toUInt64(` + segmentBuckets + `), 0), segment_begin) AS last_gap
    FROM mnaflow.uncovered
    GROUP BY account, granularity, access_region, gateway_type, traffic_type
) AS u USING (account, granularity, access_region, gateway_type, traffic_type)
WHERE configured
GROUP BY account, granularity
ORDER BY account, granularity DESC`

// segmentBuckets is how many buckets an uncovered segment has: every day is within two hours of 24.
const segmentBuckets = "round(dateDiff('second', segment_begin, segment_end) / if(granularity = 'hourly', 3600, 86400))"

// Coverage returns how complete the configured series are, summed by account and granularity.
func (w *Warehouse) Coverage(ctx context.Context) ([]flow.Coverage, error) {
	return collect(ctx, w, "reading the coverage", coverageSQL, func(scan func(...any) error) (c flow.Coverage, err error) {
		var granularity string
		err = scan(&c.Account, &granularity, &c.Series, &c.Expected, &c.Covered, &c.Failed, &c.Unavailable, &c.Gap, &c.Tail, &c.Reported,
			&c.ExpectedFrom, &c.ExpectedTo, &c.FreshTo, &c.FirstReported, &c.LastExtracted)
		c.Granularity = flow.Granularity(granularity)
		return c, err
	})
}

// Gaps returns what no accepted answer covers of the configured series, failures first, at most limit ranges.
func (w *Warehouse) Gaps(ctx context.Context, limit int) ([]flow.Gap, error) {
	const query = `
SELECT account, granularity,
    arraySort(groupArray([toString(access_region), toString(gateway_type), toString(traffic_type)])),
    segment_begin, segment_end, reason
FROM mnaflow.uncovered AS u
INNER JOIN (SELECT * FROM mnaflow.series FINAL WHERE configured) AS s
    USING (account, granularity, access_region, gateway_type, traffic_type)
GROUP BY account, granularity, state, segment_begin, segment_end, reason
ORDER BY state != 'failed', segment_begin, account, granularity, reason
LIMIT ?`
	return collect(ctx, w, "reading the gaps", query, func(scan func(...any) error) (g flow.Gap, err error) {
		var account, granularity string
		var names [][]string
		err = scan(&account, &granularity, &names, &g.Begin, &g.End, &g.Reason)
		for _, n := range names {
			g.Series = append(g.Series, key{account: account, granularity: granularity, region: n[0], gateway: n[1], traffic: n[2]}.series())
		}
		return g, err
	}, limit)
}

// Runs returns the last runs, the newest first.
func (w *Warehouse) Runs(ctx context.Context, limit int) ([]flow.Run, error) {
	const query = `
SELECT run_id, command, program, state, reason, exit_code, started_at, finished_at, windows, accepted, failed, unavailable, requests, refused, retries,
    rows, reported, revised, retracted
FROM mnaflow.runs ORDER BY started_at DESC LIMIT ?`
	return collect(ctx, w, "reading the runs", query, func(scan func(...any) error) (r flow.Run, err error) {
		var id uuid.UUID
		var code uint8
		var finished *time.Time
		var n [11]uint64
		err = scan(&id, &r.Command, &r.Program, &r.State, &r.Reason, &code, &r.Started, &finished,
			&n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7], &n[8], &n[9], &n[10])
		r.ID, r.ExitCode = id.String(), int(code)
		if finished != nil {
			r.Finished = *finished
		}
		for i, to := range []*int{
			&r.Windows, &r.Accepted, &r.Failed, &r.Unavailable, &r.Requests, &r.Throttled, &r.Retries, &r.Rows, &r.Reported, &r.Revised, &r.Retracted,
		} {
			*to = int(n[i])
		}
		return r, err
	}, limit)
}

// await is collectRaw for what a pass needs: it waits while the warehouse is away, within a bound. row may see a row
// again.
func await[T any](
	ctx context.Context, w *Warehouse, doing, query string, row func(scan func(...any) error) (T, error), args ...any,
) (out []T, err error) {
	err = w.retry(ctx, doing, func(ctx context.Context) error {
		out, err = scanned(ctx, w, query, row, args...)
		return err
	})
	return out, err
}

// collect runs a query whose answer people read and scans each of its rows. Texts come as flow.Foreign makes them:
// others may have written them into the warehouse. Somebody waits for the answer, or to be told that there is none: it
// tries once.
func collect[T any](ctx context.Context, w *Warehouse, doing, query string, row func(scan func(...any) error) (T, error), args ...any) ([]T, error) {
	return collectRaw(ctx, w, doing, query, func(scan func(...any) error) (T, error) {
		return row(func(to ...any) error {
			defer foreign(to)
			return scan(to...)
		})
	}, args...)
}

// collectRaw is collect for an answer that goes back into the warehouse: names have to stay what they are.
func collectRaw[T any](
	ctx context.Context, w *Warehouse, doing, query string, row func(scan func(...any) error) (T, error), args ...any,
) (out []T, err error) {
	err = w.single(ctx, doing, w.config.Timeout, func(ctx context.Context) error {
		out, err = scanned(ctx, w, query, row, args...)
		return err
	})
	return out, err
}

// scanned runs a query until ctx ends and scans each of its rows.
func scanned[T any](ctx context.Context, w *Warehouse, query string, row func(scan func(...any) error) (T, error), args ...any) ([]T, error) {
	rows, err := w.conn.Query(ctx, w.sql(query), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []T{} // no rows are an empty list in JSON too
	for rows.Next() {
		v, err := row(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// foreign makes the texts of a row safe to show: others may have written them.
func foreign(row []any) {
	for _, v := range row {
		switch v := v.(type) {
		case *string:
			*v = flow.Foreign(*v, mostCell)
		case *[][]string:
			for _, texts := range *v {
				for i := range texts {
					texts[i] = flow.Foreign(texts[i], mostCell)
				}
			}
		}
	}
}
