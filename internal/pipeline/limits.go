package pipeline

import (
	"context"
	"sync"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// limits are what the API turned out to accept of one account and granularity. No page of the vendor documents a longest span or how far
// back data reach, and both are refused with the same code.
type limits struct {
	mu       sync.Mutex
	span     int                  // most buckets in one window, 0 while unknown
	horizon  time.Time            // start of the oldest bucket that is answered, zero while unknown
	hopeless map[flow.Series]bool // even the newest bucket is refused: it is neither span nor age
}

// oldest is the start of the oldest bucket that is answered.
func (l *limits) oldest() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.horizon
}

// apply cuts a task to the limits known so far: the windows to ask for, and the part that is too old to be answered, if any.
func (l *limits) apply(t Task) (ask []Task, tooOld *Task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.Window.Begin.Before(l.horizon) {
		young, old := t, t
		young.Window = t.Window.Intersect(flow.Window{Begin: l.horizon, End: t.Window.End})
		old.Window = t.Window.Intersect(flow.Window{Begin: t.Window.Begin, End: l.horizon})
		old.TooOld = true
		young.Buckets, old.Buckets = t.Calendar.Count(young.Window), t.Calendar.Count(old.Window)
		if t, tooOld = young, &old; young.Buckets == 0 {
			return nil, tooOld
		}
	}
	if l.span > 0 {
		return t.split(l.span), tooOld
	}
	return []Task{t}, tooOld
}

// maxHalvings bounds the pieces of one window that are halved in a pass: what is still refused then is left for the next ones.
const maxHalvings = 64

// learner decides what to ask instead of a window that the API refused. It finds limits by bisection, with requests whose answers are not
// stored.
type learner struct {
	limits   *limits
	keep     func(ctx context.Context, span int, horizon time.Time) error // called with what has been learned
	oldest   time.Time                                                    // start of the oldest bucket that may be asked for
	newest   time.Time                                                    // start of the newest bucket that has settled
	halvings int                                                          // of the window so far
	// ask says whether the API answers a window; an error is anything but an answer or a refusal.
	ask func(ctx context.Context, s flow.Series, w flow.Window) (bool, error)
}

// instead is called with a window that the API refused, and returns what to ask for instead; nothing, if the window failed.
//
// Where neither its span nor its age is to blame, the window is halved: it holds more points than an answer may, or a bucket that the API
// refuses whatever window it is in.
func (l *learner) instead(ctx context.Context, t Task) ([]Task, error) {
	if !t.Halved {
		switch found, err := l.learn(ctx, t); {
		case err != nil || found == hopeless:
			return nil, err
		case found == limited:
			return []Task{t}, nil
		}
	}
	if t.Buckets == 1 || l.halvings == maxHalvings {
		return nil, nil
	}
	l.halvings++
	t.Halved = true
	return t.split((t.Buckets + 1) / 2), nil
}

// lesson is what a refused window has taught.
type lesson string

const (
	hopeless  lesson = "hopeless"  // even the newest bucket of the series is refused
	limited   lesson = "limited"   // asking again within the limits that are known now may succeed
	elsewhere lesson = "elsewhere" // neither the span nor the age of the window is to blame
)

// learn tells why a window was refused. One goroutine learns at a time; the others then find what it learned.
//
// Whether the window's first bucket is answered alone tells age from span. The span is then sought at the newest end of the data, where age
// plays no part. Each costs about as many requests as the window or the range can be halved, once in a pass; a window that is refused for
// another reason costs three.
func (l *learner) learn(ctx context.Context, t Task) (lesson, error) {
	l.limits.mu.Lock()
	defer l.limits.mu.Unlock()
	if l.limits.hopeless[t.Series] {
		return hopeless, nil
	}
	if l.limits.span > 0 && t.Buckets > l.limits.span || t.Window.Begin.Before(l.limits.horizon) {
		return limited, nil // learned by another since this window was cut
	}
	if t.Buckets == 1 {
		return l.learnHorizon(ctx, t)
	}
	answered, err := l.single(ctx, t, t.Window.Begin)
	if err != nil {
		return "", err
	}
	if !answered {
		return l.learnHorizon(ctx, t)
	}
	return l.learnSpan(ctx, t)
}

// learnSpan finds the longest window, given that the first bucket of the window is answered alone. Where the newest window of the same length
// is answered, the length is not what the API refused. It looks at both places, or a single bucket that the API refuses would pass for a
// limit and cost a request a bucket.
func (l *learner) learnSpan(ctx context.Context, t Task) (lesson, error) {
	newest := func(n int) (bool, error) { return l.ask(ctx, t.Series, l.newestWindow(t.Calendar, n)) }
	first := func(n int) (bool, error) {
		return l.ask(ctx, t.Series, flow.Window{Begin: t.Window.Begin, End: t.Calendar.Skip(t.Window.Begin, n)})
	}
	if ok, err := newest(t.Buckets); err != nil || ok {
		return elsewhere, err
	}
	if w := l.beside(t); !w.Empty() { // the newest window may hold a bucket that is refused, this one's or another
		if ok, err := l.ask(ctx, t.Series, w); err != nil || ok {
			return elsewhere, err
		}
	}
	span, err := bisect(1, t.Buckets, first)
	if err != nil {
		return "", err
	}
	longer := false
	if span+1 < t.Buckets {
		if longer, err = newest(span + 1); err != nil {
			return "", err
		}
	}
	if longer {
		if span, err = bisect(span+1, t.Buckets, newest); err != nil {
			return "", err
		}
	}
	l.limits.span = span
	return limited, l.keep(ctx, l.limits.span, l.limits.horizon)
}

// learnHorizon finds the oldest bucket that is answered, given that the window's first one is refused alone. If age is the reason, the newest
// bucket is answered, and none that is older.
func (l *learner) learnHorizon(ctx context.Context, t Task) (lesson, error) {
	ok, err := l.single(ctx, t, l.newest)
	if err != nil {
		return "", err
	}
	if !ok {
		if l.limits.hopeless == nil {
			l.limits.hopeless = map[flow.Series]bool{}
		}
		l.limits.hopeless[t.Series] = true
		return hopeless, nil
	}
	lowest := l.oldest
	if l.limits.horizon.After(lowest) {
		lowest = l.limits.horizon
	}
	if at, err := l.older(ctx, t, lowest, t.Window.Begin); err != nil || !at.IsZero() {
		return elsewhere, err
	}
	newest := t.Calendar.Count(flow.Window{Begin: t.Window.Begin, End: l.newest})
	at := func(back int) time.Time { return t.Calendar.Skip(t.Window.Begin, newest-back) }
	for answered := 0; newest > 0; { // counted back from the newest
		if answered, err = bisect(answered, newest, func(n int) (bool, error) { return l.single(ctx, t, at(n)) }); err != nil {
			return elsewhere, err
		}
		// What was refused on the way may have been refused by itself, too.
		begin, err := l.older(ctx, t, t.Window.Begin, at(answered+1))
		if err != nil {
			return elsewhere, err
		}
		if begin.IsZero() {
			l.limits.horizon = at(answered)
			return limited, l.keep(ctx, l.limits.span, l.limits.horizon)
		}
		answered = newest - t.Calendar.Count(flow.Window{Begin: t.Window.Begin, End: begin})
	}
	return elsewhere, nil
}

// older looks for a bucket in [lowest, refused) that is answered, zero if there is none: then refused is too old, and not refused by itself. It
// looks further and further back, lest its neighbours are refused likewise. The lowest itself proves nothing: it grows too old with time.
func (l *learner) older(ctx context.Context, t Task, lowest, refused time.Time) (time.Time, error) {
	n := t.Calendar.Count(flow.Window{Begin: lowest, End: refused})
	for back := 1; back <= n; back *= 8 {
		begin := t.Calendar.Skip(lowest, n-back)
		if ok, err := l.single(ctx, t, begin); err != nil || ok {
			return begin, err
		}
	}
	return time.Time{}, nil
}

// single asks for one bucket.
func (l *learner) single(ctx context.Context, t Task, begin time.Time) (bool, error) {
	return l.ask(ctx, t.Series, flow.Window{Begin: begin, End: t.Calendar.Next(begin)})
}

// newestWindow is the window of the newest n buckets.
func (l *learner) newestWindow(c flow.Calendar, n int) flow.Window {
	return windowUntil(c, c.Next(l.newest), n)
}

// beside is a window as long as the task's just before it, or just after it where that would be too old; empty where there is no room.
func (l *learner) beside(t Task) flow.Window {
	w := windowUntil(t.Calendar, t.Window.Begin, t.Buckets)
	if !w.Begin.Before(l.oldest) && !w.Begin.Before(l.limits.horizon) {
		return w
	}
	w = flow.Window{Begin: t.Window.End, End: t.Calendar.Skip(t.Window.End, t.Buckets)}
	if w.End.After(t.Calendar.Next(l.newest)) {
		return flow.Window{}
	}
	return w
}

// windowUntil is the window of the n buckets before end.
func windowUntil(c flow.Calendar, end time.Time, n int) flow.Window {
	begin := end
	for range n {
		begin = c.Floor(begin.Add(-time.Second))
	}
	return flow.Window{Begin: begin, End: end}
}

// bisect returns the highest n for which ok holds, given that it holds at yes and not at no, and that it holds below where it holds.
func bisect(yes, no int, ok func(int) (bool, error)) (int, error) {
	for no-yes > 1 {
		mid := yes + (no-yes)/2
		holds, err := ok(mid)
		if err != nil {
			return 0, err
		}
		if holds {
			yes = mid
		} else {
			no = mid
		}
	}
	return yes, nil
}
