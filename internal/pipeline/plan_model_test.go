package pipeline

import (
	"slices"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// verdict is what the model says of one bucket.
type verdict struct {
	due     Due    // why it is asked for, "" where it is not, whatever failed
	kind    string // how: plain, alone, and the kinds of doubt
	failure int    // index of the newest attempt that failed, or -1
	newest  bool   // neither it nor anything later is covered
}

// judge is the rule of planning for one bucket, word by word.
func judge(g Grid, known []flow.LedgerSpan, now, bucket time.Time) verdict {
	var sent time.Time // of the newest accepted answer
	var version uint64 // likewise
	v := verdict{failure: -1, newest: true, kind: "plain"}
	answered := false
	for i, k := range known {
		v.newest = v.newest && (k.State != flow.Accepted || !k.Window.End.After(bucket))
		if !k.Window.Contains(bucket) {
			continue
		}
		if k.State == flow.Accepted {
			answered = true
			sent = later(sent, k.Sent.At)
			version = max(version, k.Sent.Version)
		} else if v.failure < 0 || k.Sent.Version > known[v.failure].Sent.Version {
			v.failure = i
		}
	}
	if answered && v.failure >= 0 && version > known[v.failure].Sent.Version {
		v.failure = -1
	}
	switch {
	case g.Force:
		v.due = DueForced
	case answered && (!sent.Before(dayEnd(g.Calendar, bucket).Add(g.Finality)) || now.Sub(sent) < g.Refresh):
		return v // final, or requested a moment ago
	case answered && tooOld(g, known, now, bucket):
		return v
	case v.failure >= 0:
		v.due = DueFailed
	case answered:
		v.due = DueNotFinal
	case !v.newest:
		v.due = DueGap
	default:
		v.due = DueNew
	}
	if v.failure >= 0 {
		switch k := known[v.failure]; {
		case k.State == flow.Unavailable:
			v.kind = "unavailable"
		case k.Class == flow.Transient && k.Failures == 0:
		case k.Class == flow.Transient, k.Class == flow.Suspect:
			v.kind = "alone"
		default:
			v.kind = "failed"
		}
	}
	return v
}

// dayEnd is the end of the account's day in which a bucket starts.
func dayEnd(c flow.Calendar, bucket time.Time) time.Time {
	days := flow.NewCalendar(flow.Daily, c.Zone())
	return days.Next(days.Floor(bucket))
}

// tooOld says whether the API has refused a bucket of the series for its age that was no older than this one is now.
func tooOld(g Grid, known []flow.LedgerSpan, now, bucket time.Time) bool {
	return slices.ContainsFunc(known, func(k flow.LedgerSpan) bool {
		last := g.Calendar.Floor(k.Window.End.Add(-time.Second))
		since := now.Sub(k.Sent.At)
		for _, o := range known {
			if o.Window.Contains(last) && o.Sent.Version > k.Sent.Version {
				return false
			}
			if o.Window.Contains(last) && o.State == flow.Accepted &&
				!o.Sent.At.Before(dayEnd(g.Calendar, last).Add(g.Finality)) {
				return false
			}
		}
		return k.State == flow.Unavailable && since >= 0 && since < 30*24*time.Hour && now.Sub(bucket) >= k.Sent.At.Sub(last)
	})
}

// wait is how long after its last attempt something is left alone.
func wait(failures int, longest time.Duration) time.Duration {
	table := []time.Duration{
		0, 0, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour,
	}
	if failures < len(table) {
		return min(longest, table[failures])
	}
	return longest
}

// model makes tasks of the buckets that are due: runs of neighbours, cut to what is allowed; what failed by itself.
func model(g Grid, known []flow.LedgerSpan, now time.Time) []Task {
	type run struct {
		kind    string
		buckets []time.Time
		why     []Due
		failure int
		most    int       // failures
		sent    time.Time // of the last attempt
		newest  bool
	}
	var runs []*run
	var before *run
	for b := range g.Calendar.Buckets(g.Range) {
		v := judge(g, known, now, b)
		if v.due == "" {
			before = nil
			continue
		}
		joins := before != nil && (before.kind == v.kind && (v.kind != "alone" || before.failure == v.failure) ||
			before.kind == "failed" && v.newest && v.kind != "unavailable")
		if !joins {
			before = &run{kind: v.kind, failure: v.failure}
			runs = append(runs, before)
		}
		before.buckets, before.why, before.newest = append(before.buckets, b), append(before.why, v.due), v.newest
		if v.kind == before.kind && v.kind != "plain" {
			before.most, before.sent = max(before.most, known[v.failure].Failures), later(before.sent, known[v.failure].Sent.At)
		}
	}
	var normal, failed []Task
	for _, r := range runs {
		n := len(r.buckets)
		longest := 24 * time.Hour
		switch {
		case r.kind == "alone" && g.Calendar.Count(known[r.failure].Window) > 1:
			longest = 30 * time.Minute
		case r.kind == "failed" && r.newest:
			longest = 6 * time.Hour
		}
		pause := wait(r.most, longest)
		if r.kind == "unavailable" {
			pause = 30 * 24 * time.Hour
		}
		if r.kind != "plain" && !g.Force && now.Sub(r.sent) < pause && !now.Before(r.sent) {
			continue
		}
		window := func(from, to int) Task {
			t := Task{
				Series: g.Series, Calendar: g.Calendar, Buckets: to - from, Failures: r.most, Due: r.why[0],
				Window: flow.Window{Begin: r.buckets[from], End: g.Calendar.Next(r.buckets[to-1])},
			}
			switch r.kind {
			case "plain":
				t.Due, t.Failures = mostly(r.why[from:to]), 0
			case "alone":
				t.Alone = true
			default:
				t.Doubt = Doubt(r.kind)
			}
			return t
		}
		split := func(from, to int) (out []Task) {
			for ; from < to; from += g.MaxBuckets {
				out = append(out, window(from, min(from+g.MaxBuckets, to)))
			}
			return out
		}
		switch {
		case r.kind == "plain":
			normal = append(normal, split(0, n)...)
		case r.kind == "alone" && n > 1 && known[r.failure].Class == flow.Suspect && known[r.failure].Failures > 1:
			failed = append(failed, split(n/2, n)...)
			failed = append(failed, split(0, n/2)...)
		case r.kind == "alone":
			failed = append(failed, split(0, n)...)
		default:
			normal = append(normal, window(0, n))
		}
	}
	slices.SortStableFunc(failed, func(a, b Task) int { return a.Failures - b.Failures })
	all := slices.Concat(normal, failed[:min(len(failed), 64)])
	slices.SortFunc(all, func(a, b Task) int { return a.Window.Begin.Compare(b.Window.Begin) })
	return all
}

// mostly is the reason of most buckets; of several the one that was the first to be as frequent.
func mostly(why []Due) Due {
	count, out := map[Due]int{}, why[0]
	for _, due := range why {
		if count[due]++; count[due] > count[out] {
			out = due
		}
	}
	return out
}
