package report

import (
	"context"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Seconds is a length of time in seconds, as JSON has it.
type Seconds int64

// Duration converts it to Go's type.
func (s Seconds) Duration() time.Duration { return time.Duration(s) * time.Second }

// Lateness says how long after the end of a bucket the API still changes its value: for one account and granularity,
// over the buckets of the last 90 days that changed.
//
// A lag is the time from the end of the bucket to the request that saw the change. The change itself came earlier, so a
// lag is an upper bound.
type Lateness struct {
	Account     string           `json:"account"`
	Granularity flow.Granularity `json:"granularity"`
	Revised     uint64           `json:"revised_buckets"` // buckets that changed
	Median      Seconds          `json:"median_seconds"`  // lag of their last changes; so are the next two
	P99         Seconds          `json:"p99_seconds"`
	Latest      Seconds          `json:"latest_seconds"`

	// Watched counts the days that were requested from their end until they were final.
	Watched uint64 `json:"watched_days"`
	// SinceDayEnd is the longest time from the end of an account's day to a change of one of its buckets, while that
	// bucket was not final.
	SinceDayEnd Seconds `json:"latest_since_day_end_seconds"`
	// RevisedFinal counts buckets that changed although the present finality had made them final.
	RevisedFinal  uint64  `json:"revised_final_buckets"`
	FinalAfter    Seconds `json:"finality_seconds"`         // the present finality
	SetFinalAfter Seconds `json:"advised_finality_seconds"` // the finality to set; 0: keep the present one
	Verdict       Verdict `json:"verdict"`                  // on the present finality
}

// Verdict says whether finality is long enough.
type Verdict string

// The verdicts.
const (
	LongEnough Verdict = "long enough"
	TooShort   Verdict = "too short"
	NothingYet Verdict = "nothing yet" // no change has been seen
	TooEarly   Verdict = "too early"   // fewer than EnoughDays have been watched
)

// EnoughDays is how many days have to be watched for the verdict LongEnough: each day of the week twice.
const EnoughDays = 14

// Judge sets Verdict and SetFinalAfter from the other fields.
//
// After finality no request is sent, so later changes go unseen. A change shortly before it suggests that there are
// some. So finality is long enough only if its last third is without changes; else the advice is 1.5 times SinceDayEnd,
// rounded up to whole days. Example: with a finality of 5 days, a change 80 hours after the end of its day is early
// enough, and one after 4 days gives the advice of 6 days.
//
// A change that was seen later than twice finality was seen late because no pass ran for a while; it counts as twice
// finality. A bucket that changed after it was final proves that finality is too short. How long it should be is
// unknown, so the advice is to double it at least.
func (l *Lateness) Judge() {
	const day = Seconds(24 * time.Hour / time.Second)
	late := min(l.SinceDayEnd, 2*l.FinalAfter)
	advice := late + late/2
	if l.RevisedFinal > 0 {
		advice = max(advice, 2*l.FinalAfter)
	}
	advice = (advice + day - 1) / day * day
	l.SetFinalAfter = 0
	switch {
	case l.RevisedFinal > 0 || 3*late > 2*l.FinalAfter:
		l.Verdict, l.SetFinalAfter = TooShort, advice
	case l.Revised == 0:
		l.Verdict = NothingYet
	case l.Watched < EnoughDays:
		l.Verdict = TooEarly
	default:
		l.Verdict = LongEnough
	}
}

// Lateness returns the lateness of each configured account and granularity, with its verdict.
func (r *Reader) Lateness(ctx context.Context) ([]Lateness, error) {
	row := func(scan func(...any) error) (l Lateness, err error) {
		err = scan(&l.Account, (*string)(&l.Granularity), &l.Revised, (*int64)(&l.Median), (*int64)(&l.P99),
			(*int64)(&l.Latest), &l.Watched, (*int64)(&l.SinceDayEnd), &l.RevisedFinal, (*int64)(&l.FinalAfter))
		l.Judge()
		return l, err
	}
	return read(ctx, r, "reading how late restatements come", "lateness", nil, row)
}
