package pipeline

import (
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Task is a range of one series that is to be asked for: a window, or, where it is doubted, one of its buckets first.
type Task struct {
	Series   flow.Series
	Calendar flow.Calendar
	Window   flow.Window
	Buckets  int
	Due      Due
	Failures int   // attempts in a row that failed for these buckets before
	Alone    bool  // it failed, and comes in a window of its own
	Doubt    Doubt // why one of its buckets is asked for before the rest
}

// Doubt is why the API is expected to refuse a whole range: a question about one bucket settles it.
type Doubt string

// The kinds of doubt.
const (
	DoubtFailed      Doubt = "failed"      // the ledger says that the API refuses it, or answers nonsense
	DoubtUnavailable Doubt = "unavailable" // the ledger says that it is older than the API keeps
	DoubtHint        Doubt = "hint"        // it is older than what the API keeps of another series
)

// Asked is how many buckets the first request for the task asks for.
func (t Task) Asked() int {
	if t.Doubt != "" {
		return 1
	}
	return t.Buckets
}

// plain says whether the task may be joined with its neighbours.
func (t Task) plain() bool { return !t.Alone && t.Doubt == "" && t.Failures == 0 }

// part is the task for a part of its window.
func (t Task) part(w flow.Window, buckets int) Task {
	t.Window, t.Buckets = w, buckets
	return t
}

// cut parts the newest n buckets of a task from the others.
func (t Task) cut(n int) (newer, older Task) {
	at := t.back(n - 1)
	return t.part(flow.Window{Begin: at, End: t.Window.End}, n), t.part(flow.Window{Begin: t.Window.Begin, End: at}, t.Buckets-n)
}

// cutAt parts what begins at a bucket's start or later from what is older.
func (t Task) cutAt(at time.Time) (newer, older Task) {
	return t.cut(t.Calendar.Count(flow.Window{Begin: at, End: t.Window.End}))
}

// halve is the one way in which a window of several buckets is split, where one of them may be what it failed for: the newest half comes
// first, since recent data matter most. A length that is known to be answered is no question: the newest part is at least as long.
func (t Task) halve(answered int) (newer, older Task) {
	n := (t.Buckets + 1) / 2
	if answered < t.Buckets {
		n = max(n, answered)
	}
	return t.cut(n)
}

// back is the start of the bucket n before the newest.
func (t Task) back(n int) time.Time {
	if t.Buckets-1 == n {
		return t.Window.Begin
	}
	if n == 0 {
		return t.Calendar.Floor(t.Window.End.Add(-time.Second))
	}
	return t.Calendar.Skip(t.Window.Begin, t.Buckets-1-n)
}

// single is the task for one bucket.
func (t Task) single(bucket time.Time) Task {
	return t.part(flow.Window{Begin: bucket, End: t.Calendar.Next(bucket)}, 1)
}

// sample is the bucket of a doubted range that is asked for: the newest, and every other time another one, ever more closely, since a range
// may hold buckets that would be answered.
func (t Task) sample() Task {
	n := 0
	if t.Doubt == DoubtFailed && t.Failures%2 == 0 {
		at := 0.0
		for i, half := t.Failures/2, 0.5; i > 0; i, half = i/2, half/2 {
			at += float64(i%2) * half
		}
		n = int(at * float64(t.Buckets))
	}
	return t.single(t.back(n))
}

// split cuts a task into windows of at most size buckets, the oldest first.
func (t Task) split(size int) []Task {
	var out []Task
	for t.Buckets > size {
		newer, older := t.cut(t.Buckets - size)
		out, t = append(out, older), newer
	}
	return append(out, t)
}

// dues are what is due of one series, the oldest first; none overlap.
type dues []Task

// add takes a task in, joined with its neighbours where they may be asked for together.
func (d *dues) add(t Task) {
	if t.Buckets == 0 {
		return
	}
	i := 0
	for i < len(*d) && (*d)[i].Window.Begin.Before(t.Window.Begin) {
		i++
	}
	*d = slices.Insert(slices.Clone(*d), i, t)
	for _, j := range []int{i + 1, i} {
		if j > 0 && j < len(*d) {
			if a, b := (*d)[j-1], (*d)[j]; a.plain() && b.plain() && a.Window.End.Equal(b.Window.Begin) {
				a.Window.End, a.Buckets = b.Window.End, a.Buckets+b.Buckets
				(*d)[j-1] = a
				*d = slices.Delete(*d, j, j+1)
			}
		}
	}
}

// remove takes a window out, whose ends are ends of buckets.
func (d *dues) remove(w flow.Window) {
	var out dues
	for _, t := range *d {
		if t.Window.Intersect(w).Empty() {
			out = append(out, t)
			continue
		}
		if t.Window.Begin.Before(w.Begin) {
			_, older := t.cutAt(w.Begin)
			out = append(out, older)
		}
		if t.Window.End.After(w.End) {
			newer, _ := t.cutAt(w.End)
			out = append(out, newer)
		}
	}
	*d = out
}

// before is what is due before a moment, a bucket's start.
func (d dues) before(at time.Time) dues {
	d.remove(flow.Window{Begin: at, End: at.AddDate(1000, 0, 0)})
	return d
}

// count is how many buckets are due.
func (d dues) count() int {
	n := 0
	for _, t := range d {
		n += t.Buckets
	}
	return n
}

// back is the task for the n-th newest bucket, the newest being the first.
func (d dues) back(n int) Task {
	for i := len(d) - 1; i > 0; i-- {
		if n <= d[i].Buckets {
			return d[i].single(d[i].back(n - 1))
		}
		n -= d[i].Buckets
	}
	return d[0].single(d[0].back(n - 1))
}
