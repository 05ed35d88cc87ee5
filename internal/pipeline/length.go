package pipeline

import (
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// length is the longest window that the API answers of one account and granularity, as far as it is known. No page of the vendor says. It is
// learned with windows that are asked for anyway: between the longest that was answered and the shortest that was refused for its length.
type length struct {
	flow.Limits
	stale   bool // what was refused may be answered by now
	changed bool // since it was read
}

// newLength takes what an earlier pass has learned. After a month one longer window is tried.
func newLength(l flow.Limits, now time.Time) length {
	return length{Limits: l, stale: l.Refused > 0 && now.Sub(l.Learned) >= unavailableFor}
}

// longest is the length to cut windows to, given the configured one, where nothing is to be tried.
func (l *length) longest(most int) int {
	if l.Refused > 0 && !l.stale {
		return min(most, max(1, l.Answered))
	}
	return most
}

// size is how many of n buckets to ask for next.
func (l *length) size(n, most int) int {
	switch {
	case l.Refused == 0 || l.stale:
	case n <= l.Answered || l.Refused-l.Answered <= 1:
		most = l.longest(most)
	default:
		// A third of the way: a window that is refused costs two requests, one that is answered none.
		return min(n, most, l.Answered+max(1, (l.Refused-l.Answered)/3))
	}
	if n %= most; n == 0 {
		return most
	}
	return n // the windows of a range begin at the same buckets in every pass, but the newest, which comes first
}

// answer notes a window that was answered.
func (l *length) answer(n int) {
	if n <= l.Answered {
		return
	}
	l.Answered, l.changed = n, true
	if n >= l.Refused {
		l.Refused, l.stale = 0, false
	}
}

// refuse notes a window that was refused though the API answers each of its buckets, the longest that was answered meanwhile being shorter.
func (l *length) refuse(n, shorter int, now time.Time) {
	if l.Refused > 0 && l.Refused <= n {
		return
	}
	if l.Answered >= n {
		l.Answered = shorter
	}
	l.Refused, l.Learned, l.stale, l.changed = n, now, false, true
}

// confirm notes that a longer window than ever answered is still refused.
func (l *length) confirm(now time.Time) { l.Learned, l.stale, l.changed = now, false, true }
