package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

var series = flow.Series{Account: "main", Granularity: flow.Hourly, Region: flow.Europe, Gateway: flow.Public, Traffic: flow.Uplink}

// zones are some in which days are not all alike: none, whole and half hours of daylight saving, changes at
// midnight, offsets of quarters, and one that skipped a day (2011-12-30).
var zones = []string{
	"Asia/Shanghai", "UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo", "Asia/Kathmandu", "America/Havana", "Pacific/Apia",
}

// changes are dates shortly before a change of the clock in one of the zones.
var changes = []string{"2026-03-25", "2026-10-20", "2018-10-30", "2018-02-12", "2026-04-20", "2011-12-25", "2026-01-01"}

func zone(t interface{ Fatal(...any) }, name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func at(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	panic(s)
}

// history draws a grid, attempts at random windows of it and beside it, and a moment at which to plan.
func history(t *rapid.T) (Grid, []flow.LedgerSpan, time.Time) {
	c := flow.NewCalendar(rapid.SampledFrom(flow.Granularities()).Draw(t, "granularity"), zone(t, rapid.SampledFrom(zones).Draw(t, "zone")))
	day := at(rapid.SampledFrom(changes).Draw(t, "start"))
	origin := c.Skip(c.Floor(c.DateStart(day)), rapid.IntRange(0, 30).Draw(t, "offset"))
	size := rapid.IntRange(0, 40).Draw(t, "buckets")
	g := Grid{
		Series: series, Calendar: c, Range: flow.Window{Begin: c.Skip(origin, 6), End: c.Skip(origin, 6+size)},
		Refresh:    rapid.SampledFrom([]time.Duration{0, 30 * time.Minute, 12 * time.Hour, 72 * time.Hour}).Draw(t, "refresh"),
		Finality:   rapid.SampledFrom([]time.Duration{0, 12 * time.Hour, 36 * time.Hour, 5 * 24 * time.Hour}).Draw(t, "finality"),
		MaxBuckets: rapid.IntRange(1, 12).Draw(t, "max"),
		Force:      rapid.IntRange(0, 4).Draw(t, "force") == 0,
	}
	now := g.Range.End.Add(time.Duration(rapid.Int64Range(0, int64(10*24*time.Hour)).Draw(t, "now")))
	var known []flow.LedgerSpan
	n := rapid.IntRange(0, 14).Draw(t, "attempts")
	versions := rapid.Permutation(numbers(n)).Draw(t, "versions")
	for i := range n {
		from := rapid.IntRange(0, size+10).Draw(t, "from")
		w := flow.Window{Begin: c.Skip(origin, from)}
		w.End = c.Skip(w.Begin, rapid.IntRange(1, size/2+2).Draw(t, "length"))
		k := flow.LedgerSpan{Window: w, Sent: flow.Stamp{Version: uint64(100 + versions[i])}}
		// One state for most, or nothing would ever be final and dense.
		switch rapid.IntRange(0, 5).Draw(t, "state") {
		case 0, 1:
			k.State, k.Failures = flow.Failed, rapid.IntRange(0, 4).Draw(t, "failures")
			k.Class = rapid.SampledFrom([]flow.Class{flow.Suspect, flow.Suspect, flow.Disagrees, flow.Refused, flow.Refused, flow.Rejected, flow.Transient}).Draw(t, "class")
		case 2:
			k.State, k.Class = flow.Unavailable, flow.Refused
		default:
			k.State = flow.Accepted
		}
		k.Sent.At = rapid.OneOf(
			rapid.Map(rapid.Int64Range(0, int64(12*24*time.Hour)), func(d int64) time.Time { return now.Add(-time.Duration(d)) }),
			// The moments at which something becomes due, is exactly due or just not.
			rapid.Map(rapid.SampledFrom([]time.Duration{g.Refresh, firstBackoff, 2 * firstBackoff, 4 * firstBackoff, unavailableFor}), func(d time.Duration) time.Time { return now.Add(-d) }),
			rapid.Map(rapid.SampledFrom([]time.Duration{g.Refresh, firstBackoff, unavailableFor}), func(d time.Duration) time.Time { return now.Add(-d + 1) }),
			rapid.Just(dayEnd(c, w.Begin).Add(g.Finality)),
			rapid.Just(dayEnd(c, w.Begin).Add(g.Finality-1)),
		).Draw(t, "sent")
		known = append(known, k)
	}
	return g, known, now
}

func numbers(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// dayEnd is the end of the account's day in which a bucket starts.
func dayEnd(c flow.Calendar, bucket time.Time) time.Time {
	days := flow.NewCalendar(flow.Daily, c.Zone())
	return days.Next(days.Floor(bucket))
}

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
	case answered && (!sent.Before(dayEnd(g.Calendar, bucket).Add(g.Finality)) || now.Sub(sent) < g.Refresh): // final, or asked for a moment ago
		return v
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

// tooOld says whether the API has refused a bucket of the series for its age that was no older than this one is now.
func tooOld(g Grid, known []flow.LedgerSpan, now, bucket time.Time) bool {
	return slices.ContainsFunc(known, func(k flow.LedgerSpan) bool {
		last := g.Calendar.Floor(k.Window.End.Add(-time.Second))
		since := now.Sub(k.Sent.At)
		for _, o := range known {
			if o.Window.Contains(last) && o.Sent.Version > k.Sent.Version {
				return false
			}
			if o.Window.Contains(last) && o.State == flow.Accepted && !o.Sent.At.Before(dayEnd(g.Calendar, last).Add(g.Finality)) {
				return false
			}
		}
		return k.State == flow.Unavailable && since >= 0 && since < 30*24*time.Hour && now.Sub(bucket) >= k.Sent.At.Sub(last)
	})
}

// wait is how long after its last attempt something is left alone.
func wait(failures int, longest time.Duration) time.Duration {
	table := []time.Duration{0, 0, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour}
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

func lines(tasks []Task) string {
	var b strings.Builder
	for _, t := range tasks {
		fmt.Fprintf(&b, "%s ×%d %s", t.Window, t.Buckets, t.Due)
		if t.Doubt != "" {
			fmt.Fprintf(&b, ", %s: one question", t.Doubt)
		}
		if t.Failures > 0 {
			fmt.Fprintf(&b, " after %d", t.Failures)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func story(g Grid, known []flow.LedgerSpan, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s, at most %d, refresh %v, finality %v, force %v, now %s\n", g.Calendar.Granularity(), g.Calendar.Zone(), g.Range, g.MaxBuckets,
		g.Refresh, g.Finality, g.Force, now.Format(time.RFC3339Nano))
	for _, k := range slices.SortedFunc(slices.Values(known), func(a, b flow.LedgerSpan) int { return cmp.Compare(a.Sent.Version, b.Sent.Version) }) {
		fmt.Fprintf(&b, "  %d %s %s %s sent %s failures %d\n", k.Sent.Version, k.State, k.Class, k.Window, k.Sent.At.Format(time.RFC3339Nano), k.Failures)
	}
	return b.String()
}

func TestPlanIsTheRuleForEveryBucket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, known, now := history(t)
		got := Plan(g, known, now)
		if diff := gocmp.Diff(lines(model(g, known, now)), lines(got)); diff != "" {
			t.Fatalf("Plan (+) is not the model's (-):\n%s%s", story(g, known, now), diff)
		}
		in := map[int64]int{}
		previous := g.Range.Begin
		for _, task := range got {
			w := task.Window
			if w.Begin.Before(previous) || w.End.After(g.Range.End) || w.Empty() {
				t.Fatalf("%s overlaps, is out of order, empty or out of range:\n%s", w, lines(got))
			}
			previous = w.End
			if !g.Calendar.Floor(w.Begin).Equal(w.Begin) || !g.Calendar.Floor(w.End).Equal(w.End) || task.Buckets != g.Calendar.Count(w) ||
				task.RequestBuckets() > g.MaxBuckets {
				t.Fatalf("%s is off the buckets, miscounted or longer than %d:\n%s", w, g.MaxBuckets, lines(got))
			}
			if task.Series != g.Series || task.Calendar != g.Calendar {
				t.Fatalf("another series or calendar: %+v", task)
			}
			for b := range g.Calendar.Buckets(w) {
				in[b.Unix()]++
			}
		}
		for b := range g.Calendar.Buckets(g.Range) {
			if v := judge(g, known, now, b); v.due == "" && in[b.Unix()] != 0 || in[b.Unix()] > 1 {
				t.Fatalf("bucket %s is asked for %d times:\n%s%s", b, in[b.Unix()], story(g, known, now), lines(got))
			}
		}
	})
}

func TestPlanDoesNotDependOnTheOrderOfTheLedger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, known, now := history(t)
		want := lines(Plan(g, known, now))
		shuffled := rapid.Permutation(known).Draw(t, "order")
		if diff := gocmp.Diff(want, lines(Plan(g, shuffled, now))); diff != "" {
			t.Fatalf("%s%s", story(g, known, now), diff)
		}
	})
}

// Of one series at most 64 windows that failed as suspect are asked for again in one pass, those with the fewest
// failures; what never failed is asked for all the same.
func TestPlanBoundsWhatFailed(t *testing.T) {
	c := flow.NewCalendar(flow.Hourly, time.UTC)
	g := Grid{Calendar: c, Range: flow.Window{Begin: at("2026-01-01"), End: at("2026-01-11")}, MaxBuckets: 24, Finality: time.Hour}
	now := at("2026-02-01")
	var known []flow.LedgerSpan
	for b := range c.Buckets(flow.Window{Begin: at("2026-01-01"), End: at("2026-01-06")}) { // 120 buckets, each failed alone
		failures := 5
		if b.Hour() < 12 {
			failures = 3
		}
		known = append(known, flow.LedgerSpan{
			Window: flow.Window{Begin: b, End: b.Add(time.Hour)}, State: flow.Failed, Class: flow.Suspect, Failures: failures,
			Sent: flow.Stamp{At: now.Add(-24 * time.Hour), Version: uint64(b.Unix())},
		})
	}
	got := Plan(g, known, now)
	if diff := gocmp.Diff(lines(model(g, known, now)), lines(got)); diff != "" {
		t.Fatal(diff)
	}
	count := map[int]int{}
	for _, task := range got {
		count[task.Failures]++
	}
	// 60 buckets failed 3 times, 4 of the others still fit; 5 days of 24 never failed.
	if diff := gocmp.Diff(map[int]int{3: 60, 5: 4, 0: 5}, count); diff != "" {
		t.Fatal(diff)
	}
}

func accepted(begin, end, sent string) flow.LedgerSpan {
	return flow.LedgerSpan{Window: flow.Window{Begin: at(begin), End: at(end)}, State: flow.Accepted, Sent: flow.Stamp{At: at(sent), Version: uint64(at(sent).UnixMicro())}}
}

func failed(failures int, begin, end, sent string) flow.LedgerSpan {
	k := accepted(begin, end, sent)
	k.State, k.Class, k.Failures = flow.Failed, flow.Suspect, failures
	return k
}

func as(c flow.Class, k flow.LedgerSpan) flow.LedgerSpan {
	k.Class = c
	return k
}

func unavailable(begin, end, sent string) flow.LedgerSpan {
	k := accepted(begin, end, sent)
	k.State, k.Class = flow.Unavailable, flow.Refused
	return k
}

func TestPlan(t *testing.T) {
	hourly := func(begin, end string) Grid {
		return Grid{
			Calendar: flow.NewCalendar(flow.Hourly, time.UTC), Range: flow.Window{Begin: at(begin), End: at(end)},
			Refresh: 30 * time.Minute, Finality: 5 * 24 * time.Hour, MaxBuckets: 744,
		}
	}
	force := func(g Grid) Grid { g.Force = true; return g }
	berlin := flow.NewCalendar(flow.Daily, zone(t, "Europe/Berlin"))
	daily := Grid{
		Calendar: berlin, Range: flow.Window{Begin: at("2026-03-26T23:00"), End: at("2026-04-02T22:00")},
		Refresh: 12 * time.Hour, Finality: 48 * time.Hour, MaxBuckets: 366,
	}
	tests := []struct {
		name  string
		grid  Grid
		known []flow.LedgerSpan
		now   string
		want  string
	}{
		{
			name: "first load, in windows of at most 31 days", grid: hourly("2026-01-01", "2026-03-15"), now: "2026-03-15",
			want: `
[2026-01-01T00:00Z, 2026-02-01T00:00Z) ×744 never asked
[2026-02-01T00:00Z, 2026-03-04T00:00Z) ×744 never asked
[2026-03-04T00:00Z, 2026-03-15T00:00Z) ×264 never asked`,
		},
		{
			name: "nothing in an empty range", grid: hourly("2026-01-01", "2026-01-01"), now: "2026-03-15",
			want: "",
		},
		{
			name: "an hour later: the new hour, and the five days and today that may still change", grid: hourly("2026-01-01", "2026-03-15T13:00"), now: "2026-03-15T13:20",
			known: []flow.LedgerSpan{accepted("2026-01-01", "2026-03-15T12:00", "2026-03-15T12:20")},
			want:  "\n[2026-03-10T00:00Z, 2026-03-15T13:00Z) ×133 not final",
		},
		{
			name: "a moment before refresh has passed only the new hour", grid: hourly("2026-01-01", "2026-03-15T13:00"), now: "2026-03-15T12:49:59.999999999Z",
			known: []flow.LedgerSpan{accepted("2026-01-01", "2026-03-15T12:00", "2026-03-15T12:20")},
			want:  "\n[2026-03-15T12:00Z, 2026-03-15T13:00Z) ×1 never asked",
		},
		{
			name: "exactly refresh after it all that is not final", grid: hourly("2026-01-01", "2026-03-15T12:00"), now: "2026-03-15T12:50",
			known: []flow.LedgerSpan{accepted("2026-01-01", "2026-03-15T12:00", "2026-03-15T12:20")},
			want:  "\n[2026-03-10T00:00Z, 2026-03-15T12:00Z) ×132 not final",
		},
		{
			name: "an answer sent exactly at finality is final, and one a nanosecond earlier is not", grid: hourly("2026-01-01", "2026-01-03"), now: "2026-03-01",
			known: []flow.LedgerSpan{
				accepted("2026-01-01", "2026-01-02", "2026-01-07"),
				accepted("2026-01-02", "2026-01-03", "2026-01-07T23:59:59.999999999Z"),
			},
			want: "\n[2026-01-02T00:00Z, 2026-01-03T00:00Z) ×24 not final",
		},
		{
			name: "what an outage left out", grid: hourly("2026-01-01", "2026-02-01"), now: "2026-03-01",
			known: []flow.LedgerSpan{accepted("2026-01-01", "2026-01-10", "2026-02-20"), accepted("2026-01-12T05:00", "2026-02-01", "2026-02-20")},
			want:  "\n[2026-01-10T00:00Z, 2026-01-12T05:00Z) ×53 gap",
		},
		{
			name: "a start that was moved back", grid: hourly("2025-12-30", "2026-02-01"), now: "2026-03-01",
			known: []flow.LedgerSpan{accepted("2026-01-01", "2026-02-01", "2026-02-20")},
			want:  "\n[2025-12-30T00:00Z, 2026-01-01T00:00Z) ×48 gap",
		},
		{
			name: "a gap beside buckets that are not final makes one window, named after most of it", grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-03T12:00",
			known: []flow.LedgerSpan{accepted("2026-01-01", "2026-01-02", "2026-01-02T01:00"), accepted("2026-01-02T06:00", "2026-01-03", "2026-01-03T01:00")},
			want:  "\n[2026-01-01T00:00Z, 2026-01-03T00:00Z) ×48 not final",
		},
		{
			name: "a window that was suspect once comes back whole by the next pass", grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-20T00:00",
			known: []flow.LedgerSpan{failed(1, "2026-01-01", "2026-01-01T07:00", "2026-01-20T00:00"), accepted("2026-01-01T07:00", "2026-01-03", "2026-01-20")},
			want:  "\n[2026-01-01T00:00Z, 2026-01-01T07:00Z) ×7 failed after 1",
		},
		{
			name: "one that was suspect twice comes back in halves", grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-20T00:30",
			known: []flow.LedgerSpan{failed(2, "2026-01-01", "2026-01-01T07:00", "2026-01-20T00:00"), accepted("2026-01-01T07:00", "2026-01-03", "2026-01-20")},
			want: `
[2026-01-01T00:00Z, 2026-01-01T03:00Z) ×3 failed after 2
[2026-01-01T03:00Z, 2026-01-01T07:00Z) ×4 failed after 2`,
		},
		{
			name: "one that an outage failed is as if it had never been asked for", grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-20T00:00",
			known: []flow.LedgerSpan{as(flow.Transient, failed(0, "2026-01-01", "2026-01-01T07:00", "2026-01-20T00:00"))},
			want:  "\n[2026-01-01T00:00Z, 2026-01-03T00:00Z) ×48 never asked",
		},
		{
			name: "a suspect one that an outage failed since comes back whole", grid: hourly("2026-01-01", "2026-01-01T07:00"), now: "2026-01-20T01:00",
			known: []flow.LedgerSpan{as(flow.Throttled, failed(2, "2026-01-01", "2026-01-01T07:00", "2026-01-20T00:00"))},
			want:  "\n[2026-01-01T00:00Z, 2026-01-01T07:00Z) ×7 failed after 2",
		},
		{
			name: "a refused range is one question, and what comes due at its newest end belongs to it", grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-03T06:15",
			known: []flow.LedgerSpan{
				accepted("2026-01-01", "2026-01-01T12:00", "2026-01-02"), as(flow.Refused, failed(7, "2026-01-01T12:00", "2026-01-02", "2026-01-03T00:15")),
			},
			want: `
[2026-01-01T00:00Z, 2026-01-01T12:00Z) ×12 not final
[2026-01-01T12:00Z, 2026-01-03T00:00Z) ×36 failed, failed: one question after 7`,
		},
		{
			name: "a moment before six hours have passed it is left alone with what came due since", grid: hourly("2026-01-01T12:00", "2026-01-03"), now: "2026-01-03T06:14:59Z",
			known: []flow.LedgerSpan{as(flow.Refused, failed(7, "2026-01-01T12:00", "2026-01-02", "2026-01-03T00:15"))},
		},
		{
			name: "what is older than a refused range does not wait for it", grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-03T06:14:59Z",
			known: []flow.LedgerSpan{as(flow.Refused, failed(7, "2026-01-02T12:00", "2026-01-03", "2026-01-03T00:15"))},
			want:  "\n[2026-01-01T00:00Z, 2026-01-02T12:00Z) ×36 never asked",
		},
		{
			name: "refused ranges that touch are one, as old as the newer", grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-04T06:00",
			known: []flow.LedgerSpan{
				as(flow.Disagrees, failed(1, "2026-01-01", "2026-01-02", "2026-01-03T06:00")), as(flow.Rejected, failed(9, "2026-01-02", "2026-01-02T12:00", "2026-01-03T05:00")),
				accepted("2026-01-02T12:00", "2026-01-03", "2026-01-20"),
			},
			want: "\n[2026-01-01T00:00Z, 2026-01-02T12:00Z) ×36 failed, failed: one question after 9",
		},
		{
			name: "noted by a clock that was a year ahead, a single bucket", grid: hourly("2026-01-01T10:00", "2026-01-01T11:00"), now: "2026-01-20T00:00",
			known: []flow.LedgerSpan{failed(9, "2026-01-01T10:00", "2026-01-01T11:00", "2027-01-20T00:00")},
			want:  "\n[2026-01-01T10:00Z, 2026-01-01T11:00Z) ×1 failed after 9",
		},
		{
			name: "a failure that backs off leaves its neighbours alone", grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-20T00:59:59Z",
			known: []flow.LedgerSpan{failed(3, "2026-01-01T10:00", "2026-01-01T11:00", "2026-01-20T00:00")},
			want: `
[2026-01-01T00:00Z, 2026-01-01T10:00Z) ×10 never asked
[2026-01-01T11:00Z, 2026-01-03T00:00Z) ×37 never asked`,
		},
		{
			name: "an answer after the failure makes it good", grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-20T02:00",
			known: []flow.LedgerSpan{failed(3, "2026-01-01", "2026-01-03", "2026-01-20T00:00"), accepted("2026-01-01", "2026-01-03", "2026-01-20T01:00")},
			want:  "",
		},
		{
			name: "a refresh that failed is a failure, though older answers cover the buckets", grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-03T09:00",
			known: []flow.LedgerSpan{accepted("2026-01-01", "2026-01-03", "2026-01-03T01:00"), failed(1, "2026-01-01", "2026-01-03", "2026-01-03T02:00")},
			want:  "\n[2026-01-01T00:00Z, 2026-01-03T00:00Z) ×48 failed after 1",
		},
		{
			name: "a forced reload that failed leaves final buckets final", grid: hourly("2026-01-01", "2026-01-03"), now: "2026-03-01",
			known: []flow.LedgerSpan{accepted("2026-01-01", "2026-01-03", "2026-01-20"), failed(1, "2026-01-01", "2026-01-03", "2026-02-01")},
			want:  "",
		},
		{
			name: "unavailable for a month less a second", grid: hourly("2026-01-01", "2026-01-03"), now: "2026-03-02T23:59:59Z",
			known: []flow.LedgerSpan{unavailable("2026-01-01", "2026-01-02", "2026-02-01"), accepted("2026-01-02", "2026-01-03", "2026-02-01")},
			want:  "",
		},
		{
			name: "unavailable for a month: one question", grid: hourly("2026-01-01", "2026-01-03"), now: "2026-03-03",
			known: []flow.LedgerSpan{unavailable("2026-01-01", "2026-01-02", "2026-02-01"), accepted("2026-01-02", "2026-01-03", "2026-02-01")},
			want:  "\n[2026-01-01T00:00Z, 2026-01-02T00:00Z) ×24 failed, unavailable: one question",
		},
		{
			name: "forced: final, fresh, backing off and unavailable ones too", grid: force(hourly("2026-01-01", "2026-01-05")), now: "2026-02-01T00:01",
			known: []flow.LedgerSpan{
				unavailable("2026-01-01", "2026-01-02", "2026-02-01"), accepted("2026-01-02", "2026-01-03", "2026-02-01"),
				failed(7, "2026-01-03", "2026-01-03T01:00", "2026-02-01"),
			},
			want: `
[2026-01-01T00:00Z, 2026-01-02T00:00Z) ×24 forced, unavailable: one question
[2026-01-02T00:00Z, 2026-01-03T00:00Z) ×24 forced
[2026-01-03T00:00Z, 2026-01-03T01:00Z) ×1 forced after 7
[2026-01-03T01:00Z, 2026-01-05T00:00Z) ×47 forced`,
		},
		{
			name: "days across the change to summer time", grid: daily, now: "2026-04-02T23:30",
			known: []flow.LedgerSpan{accepted("2026-03-26T23:00", "2026-03-31T22:00", "2026-03-31T22:00")},
			// Sent at midnight of 1 April: the days up to 29 March, which ended 48 hours before, are final.
			want: "\n[2026-03-29T22:00Z, 2026-04-02T22:00Z) ×4 not final",
		},
		{
			name: "days in windows", grid: func() Grid { g := daily; g.MaxBuckets = 3; return g }(), now: "2026-04-02T23:30",
			want: `
[2026-03-26T23:00Z, 2026-03-29T22:00Z) ×3 never asked
[2026-03-29T22:00Z, 2026-04-01T22:00Z) ×3 never asked
[2026-04-01T22:00Z, 2026-04-02T22:00Z) ×1 never asked`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.TrimSuffix("\n"+lines(Plan(tt.grid, tt.known, at(tt.now))), "\n")
			if diff := gocmp.Diff(tt.want, got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func TestBackoff(t *testing.T) {
	g := Grid{
		Calendar: flow.NewCalendar(flow.Hourly, time.UTC), Range: flow.Window{Begin: at("2026-01-01"), End: at("2026-01-01T01:00")}, MaxBuckets: 744,
	}
	for failures, want := range []time.Duration{
		0, 0, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour, 24 * time.Hour, 24 * time.Hour,
		100: 24 * time.Hour, 65535: 24 * time.Hour,
	} {
		if want == 0 && failures > 1 {
			continue // not in the table
		}
		known := []flow.LedgerSpan{failed(failures, "2026-01-01", "2026-01-01T01:00", "2026-02-01")}
		sent := known[0].Sent.At
		if got := len(Plan(g, known, sent.Add(want))); got != 1 {
			t.Errorf("after %d failures and %v: %d windows, want 1", failures, want, got)
		}
		if want == 0 {
			continue
		}
		if got := len(Plan(g, known, sent.Add(want-1))); got != 0 {
			t.Errorf("after %d failures and a moment less than %v: %d windows, want 0", failures, want, got)
		}
	}
}
