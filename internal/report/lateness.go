package report

import (
	"context"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Seconds is a length of time that JSON holds as a number of seconds.
type Seconds int64

// Duration is the same length in Go's own unit.
func (s Seconds) Duration() time.Duration { return time.Duration(s) * time.Second }

// Lateness is how long after the end of a bucket the API still changed its answer for it, over all buckets of one account and granularity that
// ever changed. A change came at some moment before the request that saw it, so every lag is an upper bound.
type Lateness struct {
	Account     string           `json:"account"`
	Granularity flow.Granularity `json:"granularity"`
	Revised     uint64           `json:"revised_buckets"` // buckets that changed; the next three are of their last changes
	Median      Seconds          `json:"median_seconds"`
	P99         Seconds          `json:"p99_seconds"`
	Latest      Seconds          `json:"latest_seconds"`

	Watched       uint64  `json:"watched_days"`                 // days asked for from their end until they were final
	SinceDayEnd   Seconds `json:"latest_since_day_end_seconds"` // of the changes of what was not final: the latest since the end of the account's day
	RevisedFinal  uint64  `json:"revised_final_buckets"`        // buckets that changed when the finality in force had made them final
	FinalAfter    Seconds `json:"finality_seconds"`             // in force
	SetFinalAfter Seconds `json:"advised_finality_seconds"`     // what to set; 0: leave it
	Verdict       Verdict `json:"verdict"`                      // whether the finality in force is long enough
}

// Verdict says whether finality is long enough.
type Verdict string

// The verdicts.
const (
	LongEnough Verdict = "long enough"
	TooShort   Verdict = "too short"
	NothingYet Verdict = "nothing yet" // no change has been seen
	TooEarly   Verdict = "too early"   // too few days have been watched to trust in silence
)

// EnoughDays is how many days must have been watched before silence counts: each day of the week twice.
const EnoughDays = 14

// Judge sets the verdict and the advice.
//
// Nothing is observed after finality, so what lies close before it says that more may come unseen: a third of finality has to be quiet, and the
// advice is half as much again as the latest change, in whole days. What was seen later than twice finality was seen late because nothing ran,
// and counts as twice. A bucket that changed when it was final is proof whatever the rest says; how late it was nobody knows, so the advice
// then is at least to double.
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

// Lateness returns how late the API changed its answers for each configured account and granularity, judged.
func (r *Reader) Lateness(ctx context.Context) ([]Lateness, error) {
	return read(ctx, r, "reading how late restatements come", "lateness", nil, func(scan func(...any) error) (l Lateness, err error) {
		var granularity string
		var seconds [5]int64
		err = scan(&l.Account, &granularity, &l.Revised, &seconds[0], &seconds[1], &seconds[2], &l.Watched, &seconds[3], &l.RevisedFinal, &seconds[4])
		l.Granularity = flow.Granularity(granularity)
		for i, to := range []*Seconds{&l.Median, &l.P99, &l.Latest, &l.SinceDayEnd, &l.FinalAfter} {
			*to = Seconds(seconds[i])
		}
		l.Judge()
		return l, err
	})
}
