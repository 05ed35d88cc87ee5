package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// vendor refuses windows as the API may: longer than span buckets, beginning before horizon, with a bucket that it chokes on, or with more
// points than an answer may have.
type vendor struct {
	calendar flow.Calendar
	span     int
	horizon  time.Time
	poisoned map[int64]bool
	dense    flow.Window // of this, it answers so many buckets at once
	size     int
	nothing  bool  // everything is refused
	down     error // what the way to it says, once broken is reached
	broken   int

	mu    sync.Mutex
	asked []flow.Window
}

func (v *vendor) answers(w flow.Window) bool {
	if v.nothing || v.span > 0 && v.calendar.Count(w) > v.span || w.Begin.Before(v.horizon) {
		return false
	}
	if crowd := w.Intersect(v.dense); !crowd.Empty() && v.calendar.Count(crowd) > v.size {
		return false
	}
	for b := range v.calendar.Buckets(w) {
		if v.poisoned[b.Unix()] {
			return false
		}
	}
	return true
}

func (v *vendor) ask(_ context.Context, _ flow.Series, w flow.Window) (bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.asked = append(v.asked, w)
	if v.down != nil && len(v.asked) >= v.broken {
		return false, v.down
	}
	return v.answers(w), nil
}

// result is what became of the windows of a pass.
type result struct {
	Accepted, Failed, Unavailable []flow.Window
	Requests                      int // for the windows themselves
}

// drive asks for windows as a pass does: cut to what is known, learn from a refusal, ask again.
func drive(ctx context.Context, v *vendor, l *learner, tasks ...Task) (result, error) {
	var r result
	for _, t := range tasks {
		l.halvings = 0
		for queue := []Task{t}; len(queue) > 0; {
			ask, tooOld := l.limits.apply(queue[0])
			if tooOld != nil {
				r.Unavailable = append(r.Unavailable, tooOld.Window)
			}
			if queue = append(ask, queue[1:]...); len(queue) == 0 {
				break
			}
			if r.Requests++; r.Requests > 10_000 {
				return r, errors.New("it asks for ever")
			}
			if v.answers(queue[0].Window) {
				r.Accepted = append(r.Accepted, queue[0].Window)
				queue = queue[1:]
				continue
			}
			instead, err := l.instead(ctx, queue[0])
			if err != nil {
				return r, err
			}
			if len(instead) == 0 {
				r.Failed = append(r.Failed, queue[0].Window)
			}
			queue = append(instead, queue[1:]...)
		}
	}
	return r, nil
}

// month is the range of these tests, in hours, and a learner over it.
func pair(t interface{ Fatal(...any) }, g flow.Granularity, begin, end string) (*vendor, *learner, []Task) {
	c := flow.NewCalendar(g, zone(t, "Europe/Berlin"))
	w := flow.Window{Begin: c.Ceil(at(begin)), End: c.Ceil(at(end))}
	v := &vendor{calendar: c}
	l := &learner{limits: &limits{}, oldest: w.Begin, newest: c.Floor(w.End.Add(-time.Second)), ask: v.ask,
		keep: func(context.Context, int, time.Time) error { return nil }}
	return v, l, Task{Series: series, Calendar: c, Window: w, Buckets: c.Count(w)}.split(744)
}

func day(date string) flow.Window {
	return flow.Window{Begin: at(date), End: at(date).AddDate(0, 0, 1)}
}

func TestLearn(t *testing.T) {
	tests := []struct {
		name        string
		granularity flow.Granularity
		change      func(*vendor)
		wantSpan    int
		wantHorizon string
		asks        int // requests spent on learning, at most
		requests    int // for windows, at most
		failed      string
		unavailable string
	}{
		{name: "no limit", asks: 0, requests: 12},
		{name: "a week", change: func(v *vendor) { v.span = 168 }, wantSpan: 168, asks: 13, requests: 1 + 53 + 12},
		{name: "one hour", change: func(v *vendor) { v.span = 1 }, wantSpan: 1, asks: 13, requests: 1 + 8760},
		{name: "one less than a month", change: func(v *vendor) { v.span = 743 }, wantSpan: 743, asks: 13, requests: 2 + 24},
		{name: "exactly a month", change: func(v *vendor) { v.span = 744 }, asks: 0, requests: 12},
		{
			name: "90 days back", change: func(v *vendor) { v.horizon = at("2025-10-03T05:00") }, wantHorizon: "2025-10-03T05:00",
			asks: 20, requests: 1 + 4, unavailable: "[2025-01-01T00:00Z, 2025-10-03T05:00Z)",
		},
		{
			name: "a week, 90 days back", change: func(v *vendor) { v.span, v.horizon = 168, at("2025-10-03T05:00") }, wantSpan: 168, wantHorizon: "2025-10-03T05:00",
			asks: 13 + 20, requests: 2 + 14 + 9, unavailable: "[2025-01-01T00:00Z, 2025-10-03T05:00Z)",
		},
		{
			name: "a year back but for a day that is refused, on the way of the search", change: func(v *vendor) {
				v.horizon, v.dense, v.size = at("2025-02-20"), day("2025-07-02"), 0
			},
			wantHorizon: "2025-02-20", asks: 40, requests: 12 + 2*maxHalvings, unavailable: "[2025-01-01T00:00Z, 2025-02-20T00:00Z)",
			failed: "[2025-07-02T00:00Z, 2025-07-03T00:00Z)",
		},
		{
			name: "less than a window back", change: func(v *vendor) { v.horizon = at("2025-12-25T00:00") }, wantHorizon: "2025-12-25T00:00",
			asks: 12 + 17, requests: 5, unavailable: "[2025-01-01T00:00Z, 2025-12-25T00:00Z)",
		},
		{
			name: "only the newest hour", change: func(v *vendor) { v.horizon = at("2025-12-31T23:00") }, wantHorizon: "2025-12-31T23:00",
			asks: 12 + 16, requests: 5, unavailable: "[2025-01-01T00:00Z, 2025-12-31T23:00Z)",
		},
		{
			name: "one bucket refused", change: func(v *vendor) { v.poisoned = map[int64]bool{at("2025-06-10T07:00").Unix(): true} },
			asks: 2, requests: 12 + 2*10, failed: "[2025-06-10T07:00Z, 2025-06-10T08:00Z)",
		},
		{
			name: "the first bucket of a window refused", change: func(v *vendor) { v.poisoned = map[int64]bool{at("2025-06-05T00:00").Unix(): true} },
			asks: 3, requests: 12 + 2*10, failed: "[2025-06-05T00:00Z, 2025-06-05T01:00Z)",
		},
		{
			name: "the newest bucket refused", change: func(v *vendor) { v.poisoned = map[int64]bool{at("2025-12-31T23:00").Unix(): true} },
			asks: 3, requests: 12 + 2*10, failed: "[2025-12-31T23:00Z, 2026-01-01T00:00Z)",
		},
		{
			name: "a new bucket refused", change: func(v *vendor) { v.poisoned = map[int64]bool{at("2025-12-31T07:00").Unix(): true} },
			asks: 3, requests: 12 + 2*10, failed: "[2025-12-31T07:00Z, 2025-12-31T08:00Z)",
		},
		{
			name: "two new buckets refused", change: func(v *vendor) {
				v.poisoned = map[int64]bool{at("2025-12-08T02:00").Unix(): true, at("2025-12-31T21:00").Unix(): true}
			},
			asks: 3, requests: 12 + 4*10, failed: "[2025-12-08T02:00Z, 2025-12-08T03:00Z)[2025-12-31T21:00Z, 2025-12-31T22:00Z)",
		},
		{
			name: "more points than an answer may have", change: func(v *vendor) { v.dense, v.size = day("2025-06-10"), 6 },
			asks: 2, requests: 12 + 2*8,
		},
		{
			name: "a day refused", change: func(v *vendor) { v.dense, v.size = day("2025-06-10"), 0 },
			asks: 2, requests: 12 + 2*maxHalvings, failed: "[2025-06-10T00:00Z, 2025-06-11T00:00Z)",
		},
		{
			name: "more buckets refused than a pass looks for", change: func(v *vendor) {
				v.dense, v.size = flow.Window{Begin: at("2025-06-05T01:00"), End: at("2025-07-06")}, 0
			},
			asks: 2, requests: 12 + 2*maxHalvings, failed: "[2025-06-05T01:00Z, 2025-07-06T00:00Z)",
		},
		{name: "everything refused", change: func(v *vendor) { v.nothing = true }, asks: 2, requests: 12, failed: "all"},
		{
			name: "days: three months", granularity: flow.Daily, change: func(v *vendor) { v.span = 92 }, wantSpan: 92, asks: 11, requests: 1 + 4,
		},
		{
			name: "days: half a year back", granularity: flow.Daily, change: func(v *vendor) { v.horizon = at("2025-07-04T22:00") }, wantHorizon: "2025-07-04T22:00",
			asks: 22, requests: 4, unavailable: "[2024-12-31T23:00Z, 2025-07-04T22:00Z)",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g, begin, end := flow.Hourly, "2025-01-01", "2026-01-01"
			if tt.granularity == flow.Daily {
				g, begin, end = flow.Daily, "2024-12-31T23:00", "2025-12-31T23:00"
			}
			v, l, tasks := pair(t, g, begin, end)
			if tt.change != nil {
				tt.change(v)
			}
			got, err := drive(t.Context(), v, l, tasks...)
			if err != nil {
				t.Fatal(err)
			}
			if len(v.asked) > tt.asks || got.Requests > tt.requests {
				t.Errorf("%d requests to learn and %d for windows, want at most %d and %d", len(v.asked), got.Requests, tt.asks, tt.requests)
			}
			t.Logf("%d requests to learn, %d for windows", len(v.asked), got.Requests)
			if l.limits.span != tt.wantSpan {
				t.Errorf("span %d, want %d", l.limits.span, tt.wantSpan)
			}
			if want := tt.wantHorizon; want == "" && !l.limits.horizon.IsZero() || want != "" && !l.limits.horizon.Equal(at(want)) {
				t.Errorf("horizon %s, want %q", l.limits.horizon, want)
			}
			if tt.failed == "all" {
				if len(got.Accepted)+len(got.Unavailable) > 0 {
					t.Errorf("accepted %v, unavailable %v, want all failed", got.Accepted, got.Unavailable)
				}
			} else if diff := gocmp.Diff(tt.failed, union(got.Failed)); diff != "" {
				t.Errorf("failed: %s", diff)
			}
			if diff := gocmp.Diff(tt.unavailable, union(got.Unavailable)); diff != "" {
				t.Errorf("unavailable: %s", diff)
			}
			once(t, v.calendar, tasks, got)
		})
	}
}

// union joins neighbouring windows, which stand in order.
func union(windows []flow.Window) string {
	var out []flow.Window
	for _, w := range windows {
		if n := len(out); n > 0 && out[n-1].End.Equal(w.Begin) {
			out[n-1].End = w.End
			continue
		}
		out = append(out, w)
	}
	s := ""
	for _, w := range out {
		s += w.String()
	}
	return s
}

// once fails unless every bucket of the tasks has exactly one fate.
func once(t interface {
	Helper()
	Errorf(string, ...any)
}, c flow.Calendar, tasks []Task, r result) {
	t.Helper()
	fates := map[int64]int{}
	for _, list := range [][]flow.Window{r.Accepted, r.Failed, r.Unavailable} {
		for _, w := range list {
			for b := range c.Buckets(w) {
				fates[b.Unix()]++
			}
		}
	}
	for _, task := range tasks {
		for b := range c.Buckets(task.Window) {
			if fates[b.Unix()] != 1 {
				t.Errorf("bucket %s has %d fates, want 1", b, fates[b.Unix()])
			}
			delete(fates, b.Unix())
		}
	}
	if len(fates) > 0 {
		t.Errorf("%d buckets that were not asked for", len(fates))
	}
}

// Whatever mixture of limits an API has, every bucket gets one fate, what is answerable is answered, and learning costs no request a bucket.
func TestLearnAnyMixture(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, l, tasks := pair(t, rapid.SampledFrom(flow.Granularities()).Draw(t, "granularity"), "2025-01-01", "2025-04-20")
		c, first, last := v.calendar, tasks[0].Window.Begin, tasks[len(tasks)-1].Window.End
		n := c.Count(flow.Window{Begin: first, End: last})
		if rapid.Bool().Draw(t, "limited") {
			v.span = rapid.IntRange(1, 800).Draw(t, "span")
		}
		if rapid.Bool().Draw(t, "forgets") {
			v.horizon = c.Skip(first, rapid.IntRange(0, n-1).Draw(t, "horizon"))
		}
		got, err := drive(t.Context(), v, l, tasks...)
		if err != nil {
			t.Fatalf("span %d, horizon %s: %v", v.span, v.horizon, err)
		}
		once(t, c, tasks, got)
		if len(got.Failed) > 0 {
			t.Fatalf("span %d, horizon %s: failed %s", v.span, v.horizon, union(got.Failed))
		}
		if !v.horizon.IsZero() && v.horizon.After(first) {
			if want := (flow.Window{Begin: first, End: v.horizon}).String(); union(got.Unavailable) != want {
				t.Fatalf("span %d: unavailable %s, want %s", v.span, union(got.Unavailable), want)
			}
		} else if len(got.Unavailable) > 0 {
			t.Fatalf("span %d: unavailable %s, want none", v.span, union(got.Unavailable))
		}
		// Twice the bisection of the range, and a few to tell the causes apart.
		if most := 2*12 + 2*7; len(v.asked) > most {
			t.Fatalf("span %d, horizon %s: %d requests to learn, want at most %d", v.span, v.horizon, len(v.asked), most)
		}
	})
}

// One bucket that the API refuses whatever the window is found, and costs no request a bucket, wherever it lies; it passes for no limit.
func TestLearnBesideOnePoisonedBucket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, l, tasks := pair(t, flow.Hourly, "2025-01-01", "2025-06-01")
		c, first, last := v.calendar, tasks[0].Window.Begin, tasks[len(tasks)-1].Window.End
		n := c.Count(flow.Window{Begin: first, End: last})
		back := rapid.OneOf(rapid.IntRange(1, n), rapid.IntRange(1, 40)).Draw(t, "poisoned, counted from the newest")
		v.poisoned = map[int64]bool{c.Skip(first, n-back).Unix(): true}
		length := 744
		if rapid.Bool().Draw(t, "limited") {
			v.span = rapid.IntRange(20, 800).Draw(t, "span")
			length = min(length, v.span)
		}
		got, err := drive(t.Context(), v, l, tasks...)
		if err != nil {
			t.Fatal(err)
		}
		once(t, c, tasks, got)
		if v.span == 0 && l.limits.span != 0 {
			t.Fatalf("poisoned %d before the newest: learned span %d", back, l.limits.span)
		}
		// Of the oldest bucket of all it cannot be told from age.
		if failed := union(append(got.Unavailable, got.Failed...)); failed != (flow.Window{Begin: c.Skip(first, n-back), End: c.Skip(first, n-back+1)}).String() {
			t.Fatalf("span %d, poisoned %d before the newest: failed %s", v.span, back, failed)
		}
		if most := 2*(n/length+len(tasks)) + 4 + 2*10; got.Requests > most {
			t.Fatalf("span %d, poisoned %d before the newest: %d windows, want at most %d; learned span %d", v.span, back, got.Requests, most, l.limits.span)
		}
		if most := 60 + 4*len(got.Failed); len(v.asked) > most {
			t.Fatalf("span %d, poisoned %d before the newest: %d requests to learn, want at most %d", v.span, back, len(v.asked), most)
		}
	})
}

// A few buckets that the API refuses by themselves are not taken for the end of what it keeps, also where that is known, and though it has
// grown older meanwhile: all before them would be left alone for a month.
func TestLearnBesidePoisonedBucketsAndAge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, l, _ := pair(t, rapid.SampledFrom(flow.Granularities()).Draw(t, "granularity"), "2025-01-01", "2025-06-01")
		c, n := v.calendar, v.calendar.Count(flow.Window{Begin: l.oldest, End: l.newest})
		older := rapid.IntRange(0, n/2).Draw(t, "horizon")
		if rapid.Bool().Draw(t, "known") {
			l.limits.horizon = c.Skip(l.oldest, older)
		}
		grown := older + rapid.IntRange(0, 10).Draw(t, "grown older by")
		v.horizon = c.Skip(l.oldest, grown)
		known := l.limits.horizon
		bad := rapid.IntRange(1, min(10, (n-grown)/9)).Draw(t, "poisoned") // as many as leave room for the following
		nearest := grown + 1
		if bad > 1 { // a few times as far back as they reach, something is answered
			nearest = grown + 8*bad
		}
		from := rapid.IntRange(nearest, n-bad).Draw(t, "first of them")
		v.poisoned = map[int64]bool{}
		var tasks []Task
		for i := range bad {
			b := c.Skip(l.oldest, from+i)
			v.poisoned[b.Unix()] = true
			tasks = append(tasks, Task{Series: series, Calendar: c, Window: flow.Window{Begin: b, End: c.Next(b)}, Buckets: 1})
		}
		got, err := drive(t.Context(), v, l, tasks...)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Failed) != bad || !l.limits.horizon.Equal(known) {
			t.Fatalf("%d from bucket %d on, horizon at %d: failed %s, unavailable %s, horizon %s", bad, from, grown, union(got.Failed), union(got.Unavailable), l.limits.horizon)
		}
		if len(v.asked) > 4*bad {
			t.Fatalf("%d requests to learn from %d buckets", len(v.asked), bad)
		}
	})
}

// Windows refused at the same moment learn once, whichever is the first; the others find what was learned.
func TestLearnOnceForAll(t *testing.T) {
	for name, change := range map[string]func(*vendor){
		"span":    func(v *vendor) { v.span = 100 },
		"horizon": func(v *vendor) { v.horizon = at("2025-12-01T00:00") },
	} {
		t.Run(name, func(t *testing.T) {
			again := func(l *learner, task Task) error {
				if found, err := l.learn(t.Context(), task); err != nil || found != limited {
					return fmt.Errorf("%s: %v, %v; want to be asked again", task.Window, found, err)
				}
				l.limits.apply(task)
				return nil
			}
			_, _, tasks := pair(t, flow.Hourly, "2025-01-01", "2026-01-01")
			tasks = tasks[:11] // all but the newest, which the horizon does not touch
			dearest := 0
			for _, task := range tasks {
				v, l, _ := pair(t, flow.Hourly, "2025-01-01", "2026-01-01")
				change(v)
				if err := again(l, task); err != nil {
					t.Fatal(err)
				}
				dearest = max(dearest, len(v.asked))
			}
			if dearest > 24 {
				t.Errorf("one window alone took %d requests, want at most 24", dearest)
			}

			v, l, _ := pair(t, flow.Hourly, "2025-01-01", "2026-01-01")
			change(v)
			var workers errgroup.Group
			start := make(chan struct{})
			for _, task := range tasks {
				for range 3 {
					workers.Go(func() error {
						<-start
						return again(l, task)
					})
				}
			}
			close(start)
			if err := workers.Wait(); err != nil {
				t.Fatal(err)
			}
			if len(v.asked) > dearest {
				t.Errorf("%d requests, want at most the %d that one window takes alone", len(v.asked), dearest)
			}
		})
	}
}

// A series of which even the newest bucket is refused is not asked again, and teaches nothing about the others.
func TestLearnHopeless(t *testing.T) {
	v, l, tasks := pair(t, flow.Hourly, "2025-01-01", "2026-01-01")
	v.nothing = true
	for _, task := range tasks {
		if instead, err := l.instead(t.Context(), task); len(instead) > 0 || err != nil {
			t.Fatalf("%s: %v, %v", task.Window, instead, err)
		}
	}
	if len(v.asked) != 2 {
		t.Errorf("%d requests, want 2: the newest window and the newest bucket", len(v.asked))
	}
	v.nothing, v.span = false, 24
	other := tasks[0]
	other.Series.Region = flow.America
	if found, err := l.learn(t.Context(), other); found != limited || err != nil {
		t.Errorf("another series: %v, %v; want it to learn", found, err)
	}
	if l.limits.span != 24 {
		t.Errorf("span %d, want 24", l.limits.span)
	}
}

// What ends learning early teaches nothing: neither a limit nor that a series is hopeless.
func TestLearnInterrupted(t *testing.T) {
	down := errors.New("the line is cut")
	for broken := 1; broken <= 40; broken++ {
		v, l, tasks := pair(t, flow.Hourly, "2025-01-01", "2026-01-01")
		v.span, v.horizon = 168, at("2025-10-03T05:00")
		v.down, v.broken = down, broken
		_, err := drive(t.Context(), v, l, tasks...)
		if len(v.asked) < broken {
			if err != nil {
				t.Errorf("never cut: %v", err)
			}
			break
		}
		if !errors.Is(err, down) {
			t.Errorf("cut at request %d: %v, want %v", broken, err, down)
		}
		if len(v.asked) != broken {
			t.Errorf("cut at request %d, %d were sent", broken, len(v.asked))
		}
		if s, h := l.limits.span, l.limits.horizon; s != 0 && s != 168 || !h.IsZero() && !h.Equal(v.horizon) || l.limits.hopeless[series] {
			t.Errorf("cut at request %d: learned span %d, horizon %s, hopeless %v", broken, s, h, l.limits.hopeless)
		}
	}
}

func TestApply(t *testing.T) {
	c := flow.NewCalendar(flow.Hourly, time.UTC)
	task := Task{Series: series, Calendar: c, Window: flow.Window{Begin: at("2026-01-01"), End: at("2026-01-02")}, Buckets: 24, Due: DueFailed, Failures: 2}
	for _, tt := range []struct {
		name, horizon, ask, old string
		span                    int
	}{
		{name: "nothing known", ask: "[2026-01-01T00:00Z, 2026-01-02T00:00Z) ×24 failed after 2\n"},
		{name: "as long as allowed", span: 24, ask: "[2026-01-01T00:00Z, 2026-01-02T00:00Z) ×24 failed after 2\n"},
		{name: "longer", span: 23, ask: "[2026-01-01T00:00Z, 2026-01-01T23:00Z) ×23 failed after 2\n[2026-01-01T23:00Z, 2026-01-02T00:00Z) ×1 failed after 2\n"},
		{name: "begins at the horizon", horizon: "2026-01-01", ask: "[2026-01-01T00:00Z, 2026-01-02T00:00Z) ×24 failed after 2\n"},
		{
			name: "begins before it", horizon: "2026-01-01T20:00", span: 3, ask: "[2026-01-01T20:00Z, 2026-01-01T23:00Z) ×3 failed after 2\n[2026-01-01T23:00Z, 2026-01-02T00:00Z) ×1 failed after 2\n",
			old: "[2026-01-01T00:00Z, 2026-01-01T20:00Z) ×20 failed after 2\n",
		},
		{name: "ends at it", horizon: "2026-01-02", old: "[2026-01-01T00:00Z, 2026-01-02T00:00Z) ×24 failed after 2\n"},
		{name: "ends before it", horizon: "2026-01-03", old: "[2026-01-01T00:00Z, 2026-01-02T00:00Z) ×24 failed after 2\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := &limits{span: tt.span}
			if tt.horizon != "" {
				l.horizon = at(tt.horizon)
			}
			ask, tooOld := l.apply(task)
			old := ""
			if tooOld != nil {
				old = lines([]Task{*tooOld})
			}
			if diff := gocmp.Diff([]string{tt.ask, tt.old}, []string{lines(ask), old}); diff != "" {
				t.Error(diff)
			}
		})
	}
}
