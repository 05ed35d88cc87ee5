package pipeline

import (
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Task is a range of one series that is due: one window, or, where it is doubted, a range of which one bucket is
// requested first.
type Task struct {
	Series   flow.Series
	Calendar flow.Calendar
	Window   flow.Window
	Buckets  int // in Window
	Due      Due
	Failures int   // attempts in a row that failed for these buckets so far
	Alone    bool  // it failed, and is requested in a window of its own
	Doubt    Doubt // why one of its buckets is requested first
}

// Doubt is why the API is expected to refuse a whole range. One bucket of the range is requested, and its result holds
// for the rest where it is refused again.
type Doubt string

// The kinds of doubt.
const (
	DoubtFailed      Doubt = "failed"      // by the ledger the API refuses it, or answers nonsense
	DoubtUnavailable Doubt = "unavailable" // by the ledger it is older than the API keeps
	DoubtHint        Doubt = "hint"        // it is older than what the API keeps of another series
)

// RequestBuckets is how many buckets the first request for the task covers.
func (t Task) RequestBuckets() int {
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

// cut separates the newest n buckets of a task from the others.
func (t Task) cut(n int) (newer, older Task) {
	at := t.bucketBack(n - 1)
	newer = t.part(flow.Window{Begin: at, End: t.Window.End}, n)
	older = t.part(flow.Window{Begin: t.Window.Begin, End: at}, t.Buckets-n)
	return newer, older
}

// cutAt separates what begins at the start of a bucket, or later, from what is older.
func (t Task) cutAt(at time.Time) (newer, older Task) {
	return t.cut(t.Calendar.Count(flow.Window{Begin: at, End: t.Window.End}))
}

// halve splits a window of which some bucket may be bad. The newer half is requested first, since recent data matter
// most. answered is the longest window known to be answered, in buckets. If that is more than half, the newer part is
// as long: of 100 buckets with 70 answered before, the newest 70.
func (t Task) halve(answered int) (newer, older Task) {
	n := (t.Buckets + 1) / 2
	if answered < t.Buckets {
		n = max(n, answered)
	}
	return t.cut(n)
}

// bucketBack is the start of a bucket: 0 is the newest, 1 the one before.
func (t Task) bucketBack(n int) time.Time {
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

// sampleBucket is the bucket of a doubted range that is requested. Mostly it is the newest.
//
// Of a range that failed, every other pass takes an older one, since some of its buckets may be answered by now. After
// 2, 4, 6, 8 failures it lies at 1/2, 1/4, 3/4, 1/8 of the range, counted from the newest: the gaps between the samples
// shrink evenly.
func (t Task) sampleBucket() Task {
	n := 0
	if t.Doubt == DoubtFailed && t.Failures%2 == 0 {
		at := 0.0
		for i, half := t.Failures/2, 0.5; i > 0; i, half = i/2, half/2 {
			at += float64(i%2) * half
		}
		n = int(at * float64(t.Buckets))
	}
	return t.single(t.bucketBack(n))
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

// dueTasks are what is due of one series, the oldest first. None overlap.
type dueTasks []Task

// add inserts a task, and joins it with its neighbours where one window may cover both.
func (d *dueTasks) add(t Task) {
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

// remove takes a window out. Its ends are ends of buckets.
func (d *dueTasks) remove(w flow.Window) {
	var out dueTasks
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

// before is what is due before the start of a bucket.
func (d dueTasks) before(bucket time.Time) dueTasks {
	d.remove(flow.Window{Begin: bucket, End: bucket.AddDate(1000, 0, 0)})
	return d
}

// count is how many buckets are due.
func (d dueTasks) count() int {
	n := 0
	for _, t := range d {
		n += t.Buckets
	}
	return n
}

// nthNewest is the task for one bucket: 1 is the newest that is due, 2 the next older one that is due. What is not due
// between them is not counted.
func (d dueTasks) nthNewest(n int) Task {
	for i := len(d) - 1; i > 0; i-- {
		if n <= d[i].Buckets {
			return d[i].single(d[i].bucketBack(n - 1))
		}
		n -= d[i].Buckets
	}
	return d[0].single(d[0].bucketBack(n - 1))
}
