package flow

import (
	"fmt"
	"time"
)

// Window is a half-open range of time [Begin, End), in UTC. Windows to be loaded start and end on bucket boundaries.
type Window struct {
	Begin, End time.Time
}

// Empty says whether no instant lies in the window.
func (w Window) Empty() bool { return !w.Begin.Before(w.End) }

// Contains says whether t lies in the window; End does not.
func (w Window) Contains(t time.Time) bool { return !t.Before(w.Begin) && t.Before(w.End) }

// Intersect returns the part that both windows share, which may be empty.
func (w Window) Intersect(o Window) Window {
	if o.Begin.After(w.Begin) {
		w.Begin = o.Begin
	}
	if o.End.Before(w.End) {
		w.End = o.End
	}
	return w
}

// String is the window as logs and errors name it: [2026-01-01T00:00Z, 2026-02-01T00:00Z).
func (w Window) String() string {
	const layout = "2006-01-02T15:04Z"
	return fmt.Sprintf("[%s, %s)", w.Begin.UTC().Format(layout), w.End.UTC().Format(layout))
}
