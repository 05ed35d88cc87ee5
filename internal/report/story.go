package report

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/audit"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// Story is everything that is known of one bucket of one series.
type Story struct {
	Series flow.Series `json:"-"`
	Bucket flow.Window `json:"-"`
	key
	Meaning  string          `json:"meaning"` // of the present value, in words
	Value    *Value          `json:"current"` // nil where no accepted answer covers it
	Final    bool            `json:"is_final"`
	Gap      string          `json:"gap"`      // why it is not covered, empty where it is or where nothing expects it
	Values   []Value         `json:"values"`   // every value it has had, the oldest first
	Attempts []Attempt       `json:"attempts"` // at windows that hold it, the oldest first
	Checks   []audit.Finding `json:"checks"`   // what the newest verification of each kind says
}

// key names the bucket in JSON.
type key struct {
	Account     string           `json:"account"`
	Granularity flow.Granularity `json:"granularity"`
	Region      flow.Region      `json:"access_region"`
	Gateway     flow.GatewayType `json:"gateway_type"`
	Traffic     flow.TrafficType `json:"traffic_type"`
	Begin       time.Time        `json:"bucket_begin"`
	End         time.Time        `json:"bucket_end"`
}

// Value is what the API said of a bucket from a request on.
type Value struct {
	Bytes     *uint64   `json:"bytes"` // nil: no traffic reported
	At        time.Time `json:"observed_at"`
	WasFinal  bool      `json:"was_final"` // the value before had been declared final
	RequestID string    `json:"request_id"`
	RunID     string    `json:"run_id"`
}

// Attempt is one attempt at a window, as the ledger has it.
type Attempt struct {
	Begin     time.Time  `json:"window_begin"`
	End       time.Time  `json:"window_end"`
	SentAt    time.Time  `json:"sent_at"`
	State     flow.State `json:"state"`
	Reason    string     `json:"reason"`
	RequestID string     `json:"request_id"`
	RunID     string     `json:"run_id"`
	Requests  uint16     `json:"attempts"`
	Points    uint32     `json:"points"`
}

// Story returns everything that is known of one bucket of a series. The calendar is the series'; refresh and finality say
// when it is asked for again, and becomes final.
func (r *Reader) Story(
	ctx context.Context, s flow.Series, c flow.Calendar, bucket flow.Window, refresh, finality time.Duration,
) (Story, error) {
	out := Story{Series: s, Bucket: bucket, key: key{s.Account, s.Granularity, s.Region, s.Gateway, s.Traffic, bucket.Begin, bucket.End}}
	if err := r.db.Check(ctx); err != nil {
		return out, err
	}
	values := warehouse.Values{
		"account": s.Account, "granularity": string(s.Granularity), "region": string(s.Region), "gateway": string(s.Gateway),
		"traffic": string(s.Traffic), "zone": c.Zone().String(), "bucket": bucket.Begin,
	}
	for _, read := range []func(context.Context, *Story, warehouse.Values) error{
		r.storyValues, r.storyAttempts, r.storyGap, r.storyChecks,
	} {
		if err := read(ctx, &out, values); err != nil {
			return out, err
		}
	}
	out.Meaning = out.meaning(c, refresh, finality)
	return out, nil
}

// storyValues reads every value that the bucket has had, and the present one.
func (r *Reader) storyValues(ctx context.Context, out *Story, values warehouse.Values) error {
	type row struct {
		Value
		present bool
	}
	rows, err := read(ctx, r, "reading the values", "values", values, func(scan func(...any) error) (v row, err error) {
		var reported bool
		var bytes, version uint64
		var run uuid.UUID
		err = scan(&reported, &bytes, &v.At, &v.WasFinal, &v.RequestID, &run, &v.present, &version)
		if v.RunID = run.String(); reported {
			v.Bytes = &bytes
		}
		return v, err
	})
	out.Values = []Value{}
	for _, row := range rows {
		v := row.Value
		if row.present {
			current := v
			out.Value, out.Final, v.WasFinal = &current, v.WasFinal, false
		}
		if n := len(out.Values); n == 0 || !same(out.Values[n-1].Bytes, v.Bytes) {
			out.Values = append(out.Values, v)
		}
	}
	return err
}

func same(a, b *uint64) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// storyAttempts reads the attempts at windows that hold the bucket.
func (r *Reader) storyAttempts(ctx context.Context, out *Story, values warehouse.Values) (err error) {
	out.Attempts, err = read(ctx, r, "reading the attempts", "attempts", values, func(scan func(...any) error) (a Attempt, err error) {
		var state string
		var run uuid.UUID
		err = scan(&a.Begin, &a.End, &a.SentAt, &state, &a.Reason, &a.RequestID, &run, &a.Requests, &a.Points)
		a.State, a.RunID = flow.State(state), run.String()
		return a, err
	})
	return err
}

// storyGap reads why no accepted answer covers the bucket.
func (r *Reader) storyGap(ctx context.Context, out *Story, values warehouse.Values) error {
	reasons, err := read(ctx, r, "reading the gaps", "gap_reason", values,
		func(scan func(...any) error) (s string, err error) { return s, scan(&s) })
	if len(reasons) > 0 {
		out.Gap = reasons[0]
	}
	return err
}

// storyChecks reads what the newest verification that touched the bucket says of it.
func (r *Reader) storyChecks(ctx context.Context, out *Story, values warehouse.Values) (err error) {
	out.Checks, err = read(ctx, r, "reading the checks", "bucket_checks", values, func(scan func(...any) error) (f audit.Finding, err error) {
		var state, granularity, region, gateway, traffic string
		err = scan(&f.Check, &state, &f.Account, &granularity, &region, &gateway, &traffic, &f.Compared, &f.Detail, &f.Buckets,
			&f.Begin, &f.End, &f.Left, &f.Right)
		f.State, f.Granularity, f.Region = audit.CheckState(state), flow.Granularity(granularity), flow.Region(region)
		f.Gateway, f.Traffic = flow.GatewayType(gateway), flow.TrafficType(traffic)
		f.FirstBegin, f.FirstEnd = f.Begin, f.End
		return f, err
	})
	return err
}
