package load

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Story returns everything that is known of one bucket of a series; the calendar is the series'.
func (w *Warehouse) Story(ctx context.Context, s flow.Series, c flow.Calendar, bucket flow.Window) (flow.Story, error) {
	out := flow.Story{Series: s, Bucket: bucket}
	key := append(seriesArgs(s), c.Zone().String(), bucket.Begin)
	for _, read := range []func() error{
		func() error { return w.told(ctx, &out, key) },
		func() error { return w.asked(ctx, &out, key) },
		func() error { return w.whyNot(ctx, &out, key) },
		func() error { return w.judged(ctx, &out, bucket) },
	} {
		if err := read(); err != nil {
			return out, err
		}
	}
	return out, nil
}

const ofZone = ofSeries + " AND (granularity = 'hourly' OR time_zone = ?)"

// told reads every value that the bucket has had, and the present one.
func (w *Warehouse) told(ctx context.Context, out *flow.Story, key []any) error {
	const query = `
SELECT * FROM -- an ORDER BY after UNION ALL would order its last part alone
(
    SELECT reported, bytes, observed_at, was_final, request_id, run_id, false AS present, version
    FROM history FINAL WHERE ` + ofZone + ` AND bucket = ?
    UNION ALL
    SELECT reported, bytes, extracted_at, is_final, request_id, run_id, true, version
    FROM facts FINAL WHERE ` + ofZone + ` AND bucket = ?
)
ORDER BY version, present`
	type row struct {
		flow.Told
		present bool
	}
	rows, err := collect(ctx, w, "reading the values", query, func(scan func(...any) error) (r row, err error) {
		var reported bool
		var bytes, version uint64
		var run uuid.UUID
		err = scan(&reported, &bytes, &r.At, &r.WasFinal, &r.RequestID, &run, &r.present, &version)
		if r.RunID = run.String(); reported {
			r.Bytes = &bytes
		}
		return r, err
	}, slices.Concat(key, key)...)
	out.Values = []flow.Told{}
	for _, r := range rows {
		told := r.Told
		if r.present {
			out.Value, out.Final, told.WasFinal = &told, r.WasFinal, false
		}
		if n := len(out.Values); n == 0 || !same(out.Values[n-1].Bytes, told.Bytes) {
			out.Values = append(out.Values, told)
		}
	}
	return err
}

func same(a, b *uint64) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// asked reads the attempts at windows that hold the bucket.
func (w *Warehouse) asked(ctx context.Context, out *flow.Story, key []any) (err error) {
	const query = `
SELECT window_begin, window_end, sent_at, state, reason, request_id, run_id, attempts, points
FROM ledger FINAL WHERE ` + ofZone + ` AND window_begin <= ? AND window_end > ?
ORDER BY version`
	out.Attempts, err = collect(ctx, w, "reading the attempts", query, func(scan func(...any) error) (a flow.Asked, err error) {
		var state string
		var run uuid.UUID
		err = scan(&a.Begin, &a.End, &a.SentAt, &state, &a.Reason, &a.RequestID, &run, &a.Requests, &a.Points)
		a.State, a.RunID = flow.State(state), run.String()
		return a, err
	}, append(slices.Clone(key), key[len(key)-1])...)
	return err
}

// whyNot reads why no accepted answer covers the bucket.
func (w *Warehouse) whyNot(ctx context.Context, out *flow.Story, key []any) error {
	const query = "SELECT reason FROM mnaflow.flow_gaps WHERE " + ofSeries + " AND gap_begin <= ? AND gap_end > ?"
	series, bucket := key[:5:5], key[len(key)-1]
	reasons, err := collect(ctx, w, "reading the gaps", query, func(scan func(...any) error) (s string, err error) {
		err = scan(&s)
		return s, err
	}, append(series, bucket, bucket)...)
	if len(reasons) > 0 {
		out.Gap = reasons[0]
	}
	return err
}

// judged reads what the newest verification that touched the bucket says of it: of each comparison the gravest result whose range holds it.
func (w *Warehouse) judged(ctx context.Context, out *flow.Story, bucket flow.Window) (err error) {
	const query = `
SELECT check_name, state, account, granularity, access_region, gateway_type, traffic_type, compared, detail, compared_buckets, range_begin, range_end, left_figure, right_figure
FROM mnaflow.data_checks
WHERE account = ? AND granularity IN ('', ?) AND access_region IN ('', ?) AND gateway_type IN ('', ?) AND traffic_type IN ('', ?)
    AND range_begin <= ? AND range_end > ?
ORDER BY checked_at DESC, indexOf(['failed', 'pending', 'passed', 'skipped'], state)
LIMIT 1 BY check_name, compared`
	s := out.Series
	out.Checks, err = collect(ctx, w, "reading the checks", query, func(scan func(...any) error) (f flow.Finding, err error) {
		var state, granularity, region, gateway, traffic string
		err = scan(&f.Check, &state, &f.Account, &granularity, &region, &gateway, &traffic, &f.Compared, &f.Detail, &f.Buckets, &f.Begin, &f.End, &f.Left, &f.Right)
		f.State, f.Granularity, f.Region = flow.CheckState(state), flow.Granularity(granularity), flow.Region(region)
		f.Gateway, f.Traffic = flow.GatewayType(gateway), flow.TrafficType(traffic)
		f.FirstBegin, f.FirstEnd = f.Begin, f.End
		return f, err
	}, s.Account, string(s.Granularity), string(s.Region), string(s.Gateway), string(s.Traffic), bucket.Begin, bucket.Begin)
	return err
}
