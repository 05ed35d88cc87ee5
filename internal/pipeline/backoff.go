package pipeline

import (
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Bounds on requesting again what failed.
const (
	// firstBackoff is the wait after the second failure in a row. The next pass tries the first one again.
	firstBackoff = 30 * time.Minute
	// newestBackoff is the longest wait at the newest end of a series. That may be a whole region that was down, and
	// more comes due there each hour.
	newestBackoff  = 6 * time.Hour
	longestBackoff = 24 * time.Hour // elsewhere
	// unavailableFor is how long an unavailable range is left alone. By then the vendor may keep more.
	unavailableFor = 30 * 24 * time.Hour
	// maxFailedTasks bounds the windows of one series in one pass that failed before: a fault in every answer must not
	// cost a request a bucket.
	maxFailedTasks = 64
)

// backoff is how long after its last failure a suspect window waits.
func backoff(k *flow.LedgerSpan, c flow.Calendar) time.Duration {
	if c.Next(k.Window.Begin).Before(k.Window.End) {
		return steps(k.Failures, firstBackoff) // several buckets: halving has not found the bad one yet
	}
	return steps(k.Failures, longestBackoff)
}

// steps is the wait after so many failures in a row: none after the first, then 30 min, 1 h, 2 h, up to the longest.
func steps(failures int, longest time.Duration) time.Duration {
	if failures < 2 {
		return 0
	}
	return min(longest, firstBackoff<<min(failures-2, 16))
}
