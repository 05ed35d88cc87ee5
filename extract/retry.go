package extract

import (
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Bounds of trying again.
const (
	backoffBase   = 500 * time.Millisecond
	backoffMax    = 20 * time.Second
	failedTries   = 3 // FailedOperation seldom passes
	throttledWait = time.Second
)

// budget counts the tries of one window and says whether another is due.
type budget struct {
	max, failed       int
	resigned, renewed bool
}

func newBudget(maxAttempts int) *budget { return &budget{max: maxAttempts} }

// next says how long to wait before the next try, or that there is none. Waits are drawn from [0, bound) ("full jitter"), so that
// requests which failed together do not come back together.
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
		// Without a bound but the context's: the limit says nothing about the window, and the pace, which is at its lowest by then, keeps
		// it from costing much.
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
