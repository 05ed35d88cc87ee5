package extract

import (
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Bounds of retries.
const (
	backoffBase   = 500 * time.Millisecond
	backoffMax    = 20 * time.Second
	failedTries   = 3 // FailedOperation seldom succeeds later
	throttledWait = time.Second
)

// budget counts the failures of one window and decides about each retry.
type budget struct {
	max, failed       int
	resigned, renewed bool // the one retry with a fresh signature, with a fresh key, is used up
}

func newBudget(maxAttempts int) *budget { return &budget{max: maxAttempts} }

// next returns how long to wait before the retry, or false if there is none. Waits are drawn from [0, bound) ("full
// jitter"), so that requests that failed together are not retried together.
func (b *budget) next(e *apiError, random func() float64) (time.Duration, bool) {
	jitter := func(bound time.Duration) time.Duration { return time.Duration(random() * float64(bound)) }
	switch {
	case e.code == codeSignatureExpire:
		again := !b.resigned
		b.resigned = true
		return 0, again
	case e.code == codeTokenFailure:
		again := !b.renewed
		b.renewed = true
		return 0, again
	case e.class == flow.Throttled:
		// Retry until the context ends: the rate limit is no fault of the window, and by now the pace is so slow that
		// retries cost little.
		return jitter(throttledWait), true
	case e.class == flow.Transient:
		b.failed++
		limit := b.max
		if e.code == codeFailedOperation {
			limit = min(limit, failedTries)
		}
		bound := min(backoffMax, backoffBase<<min(b.failed-1, 10))
		return jitter(bound), b.failed < limit
	}
	return 0, false
}
