package pipeline

import (
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// lengthLimit bounds the longest window, in buckets, that the API answers for one account and granularity.
// The vendor's documentation does not say. It is learned from windows that are requested anyway, and lies between the
// longest that was answered and the shortest that was refused for its length.
type lengthLimit struct {
	flow.Limits
	stale   bool // Refused was learned over a month ago: one longer window is tried
	changed bool // it differs from what the warehouse has
}

// newLengthLimit takes what an earlier pass has learned.
func newLengthLimit(l flow.Limits, now time.Time) lengthLimit {
	return lengthLimit{Limits: l, stale: l.Refused > 0 && now.Sub(l.Learned) >= unavailableFor}
}

// longest is the length to cut windows to, given the configured one, where nothing is to be tried.
func (l *lengthLimit) longest(configured int) int {
	if l.Refused > 0 && !l.stale {
		return min(configured, max(1, l.Answered))
	}
	return configured
}

// size is how many of n due buckets the next window should have. Between known bounds it tries longer windows: with 24
// answered and 168 refused the next has 72 buckets.
func (l *lengthLimit) size(n, configured int) int {
	switch {
	case l.Refused == 0 || l.stale:
	case n <= l.Answered || l.Refused-l.Answered <= 1:
		configured = l.longest(configured)
	default:
		// A third of the way: a window that is refused costs two requests, one that is answered none.
		return min(n, configured, l.Answered+max(1, (l.Refused-l.Answered)/3))
	}
	// The newest window takes the remainder, so that the older ones begin at the same buckets in every pass.
	if n %= configured; n == 0 {
		return configured
	}
	return n
}

// answer notes that a window of n buckets was answered.
func (l *lengthLimit) answer(n int) {
	if n <= l.Answered {
		return
	}
	l.Answered, l.changed = n, true
	if n >= l.Refused {
		l.Refused, l.stale = 0, false
	}
}

// refuse notes that a window of n buckets was refused though the API answers its parts. shorter is the longest window
// that was answered meanwhile: it replaces an Answered that the API has gone back on.
func (l *lengthLimit) refuse(n, shorter int, now time.Time) {
	if l.Refused > 0 && l.Refused <= n {
		return
	}
	if l.Answered >= n {
		l.Answered = shorter
	}
	l.Refused, l.Learned, l.stale, l.changed = n, now, false, true
}

// confirm notes that the API still refuses a window longer than any that it has answered.
func (l *lengthLimit) confirm(now time.Time) { l.Learned, l.stale, l.changed = now, false, true }
