package report

import (
	"context"
	"time"

	"github.com/mnaflow/mnaflow/internal/audit"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// Story is all that the warehouse has about one bucket of one series. Times are in UTC.
type Story struct {
	Series flow.Series `json:"-"`
	Bucket flow.Window `json:"-"`
	key
	Meaning  string          `json:"meaning"` // the current value in words
	Value    *Value          `json:"current"` // nil: no accepted answer covers it
	Final    bool            `json:"is_final"`
	Gap      string          `json:"gap"`      // why it is not covered; empty if it is, or is not expected to be
	Values   []Value         `json:"values"`   // every value that it has had, the oldest first
	Attempts []Attempt       `json:"attempts"` // at windows that contain it, the oldest first
	Checks   []audit.Finding `json:"checks"`   // the newest result of each check that covers it

	verify string // the command that makes checks
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

// Value is a value of a bucket: the first, or one that the API changed it to.
type Value struct {
	Bytes     *uint64   `json:"bytes"`       // nil: the API reported no traffic
	At        time.Time `json:"observed_at"` // when the request was sent that saw it first
	WasFinal  bool      `json:"was_final"`   // the value before it was final
	RequestID string    `json:"request_id"`
	RunID     string    `json:"run_id"`
}

// Attempt is an attempt at a window, from the ledger.
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

// Story returns the story of one bucket of a series with the calendar c. refresh and finality are the configured ones:
// they tell when the bucket is requested again and when it becomes final.
func (r *Reader) Story(
	ctx context.Context, s flow.Series, c flow.Calendar, bucket flow.Window, refresh, finality time.Duration,
) (Story, error) {
	out := Story{
		Series: s, Bucket: bucket, verify: "mnaflow verify",
		key: key{s.Account, s.Granularity, s.Region, s.Gateway, s.Traffic, bucket.Begin, bucket.End},
	}
	if err := r.db.Check(ctx); err != nil {
		return out, err
	}
	values := warehouse.Values{
		"account": s.Account, "granularity": string(s.Granularity), "region": string(s.Region),
		"gateway": string(s.Gateway), "traffic": string(s.Traffic), "zone": c.Zone().String(), "bucket": bucket.Begin,
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

// Complete makes typed complete the commands that the story advises.
func (s *Story) Complete(typed func(text string) string) {
	s.verify = typed(s.verify)
	for i := range s.Checks {
		s.Checks[i].Detail = typed(s.Checks[i].Detail)
	}
}

// storyValues reads the values of the bucket from history and the current one from facts. Neighbours with the same
// bytes count as one value.
func (r *Reader) storyValues(ctx context.Context, out *Story, values warehouse.Values) error {
	type row struct {
		Value
		current bool
	}
	rows, err := read(ctx, r, "reading the values", "values", values, func(scan func(...any) error) (v row, err error) {
		var reported bool
		var bytes, version uint64
		err = scan(&reported, &bytes, &v.At, &v.WasFinal, &v.RequestID, &v.RunID, &v.current, &version)
		if reported {
			v.Bytes = &bytes
		}
		return v, err
	})
	out.Values = []Value{}
	for _, row := range rows {
		v := row.Value
		if row.current {
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

// storyAttempts reads the attempts at windows that contain the bucket.
func (r *Reader) storyAttempts(ctx context.Context, out *Story, values warehouse.Values) (err error) {
	row := func(scan func(...any) error) (a Attempt, err error) {
		return a, scan(&a.Begin, &a.End, &a.SentAt, (*string)(&a.State), &a.Reason, &a.RequestID, &a.RunID, &a.Requests,
			&a.Points)
	}
	out.Attempts, err = read(ctx, r, "reading the attempts", "attempts", values, row)
	return err
}

// storyGap reads the reason if no accepted answer covers the bucket.
func (r *Reader) storyGap(ctx context.Context, out *Story, values warehouse.Values) error {
	reasons, err := read(ctx, r, "reading the gaps", "gap_reason", values,
		func(scan func(...any) error) (s string, err error) { return s, scan(&s) })
	if len(reasons) > 0 {
		out.Gap = reasons[0]
	}
	return err
}

// storyChecks reads the newest result of each check that covers the bucket.
func (r *Reader) storyChecks(ctx context.Context, out *Story, values warehouse.Values) (err error) {
	row := func(scan func(...any) error) (f audit.Finding, err error) {
		var detail string
		err = scan(&f.Check, (*string)(&f.State), &f.Account, (*string)(&f.Granularity), (*string)(&f.Region),
			(*string)(&f.Gateway), (*string)(&f.Traffic), &f.Compared, &detail, &f.Buckets, &f.Begin, &f.End, &f.Left,
			&f.Right)
		f.FirstBegin, f.FirstEnd = f.Begin, f.End
		f.Describe(detail)
		return f, err
	}
	out.Checks, err = read(ctx, r, "reading the checks", "bucket_checks", values, row)
	return err
}
