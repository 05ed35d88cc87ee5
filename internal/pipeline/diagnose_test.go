package pipeline

import (
	"context"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

const day = 24 * time.Hour

// one is a world of one hourly series, and its bucket so many before the newest.
func one(start string) (*world, func(back int) time.Time) {
	w := newWorld(flow.Hourly, start, "2026-03-10T10:20", []flow.Region{flow.Europe}, 1)
	w.began, w.latency = w.now, time.Millisecond
	end := w.configured().End
	return w, func(back int) time.Time { return end.Add(-time.Duration(back) * time.Hour) }
}

func count(entered []flow.Attempt, s flow.State) (n int) {
	for _, a := range entered {
		if a.State == s {
			n++
		}
	}
	return n
}

// Whatever an API is like, all that it answers is stored after few passes, nothing is lost, and nothing is called
// unavailable that it has not refused of the same series.
func TestAnyWorld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := rapid.SampledFrom(flow.Granularities()).Draw(t, "granularity")
		days := rapid.IntRange(2, 400).Draw(t, "days")
		now := at("2026-03-10T10:20")
		regions := flow.Regions()[:rapid.IntRange(1, 5).Draw(t, "regions")]
		w := newWorld(g, now.AddDate(0, 0, -days).Format(time.DateOnly), now.Format(time.RFC3339), regions, rapid.IntRange(1, 3).Draw(t, "series"))
		w.latency = rapid.SampledFrom([]time.Duration{time.Millisecond, time.Second, 20 * time.Second}).Draw(t, "latency")
		w.span = rapid.SampledFrom([]int{0, 0, rapid.IntRange(20, 800).Draw(t, "span")}).Draw(t, "limited")
		for _, r := range regions {
			switch rapid.IntRange(0, 3).Draw(t, "like") {
			case 0:
				w.kept[r] = time.Duration(rapid.IntRange(1, days*24+24).Draw(t, "kept"))*time.Hour + 7*time.Minute
			case 1:
				w.shut[r] = rapid.IntRange(0, 3).Draw(t, "shut") == 0
			}
		}
		w.began = w.now
		all := w.configured()
		n := w.calendar.Count(all)
		for i := range rapid.IntRange(0, 3).Draw(t, "faults") {
			s := rapid.SampledFrom(w.series).Draw(t, "of")
			m := rapid.SampledFrom([]map[flow.Series]map[int64]bool{w.poisoned, w.nonsense}).Draw(t, "fault")
			from, length := rapid.IntRange(0, n-1).Draw(t, "from"), 1
			if i == 0 { // several blocks might lie where it is looked whether anything older is answered
				length = rapid.SampledFrom([]int{1, 2, 24}).Draw(t, "buckets")
			}
			if n < 100 && i > 0 || n >= 100 && from < 50 {
				continue // nor, likewise, near the start of all
			}
			if kept := w.kept[s.Region]; kept > 0 && w.calendar.Skip(all.Begin, from).Before(w.now.Add(-kept+100*day)) && length > 1 {
				continue // a few buckets between a block and the end of what is kept cannot be told from what is older
			}
			for i := range min(length, n-from) {
				poison(m, s, w.calendar.Skip(all.Begin, from+i))
			}
		}
		var cost []int
		for range 12 {
			r, sent, entered := w.pass(context.Background(), Order{})
			cost = append(cost, len(sent))
			if got := r.Run.Accepted + r.Run.Failed + r.Run.Unavailable; got != r.Run.Windows || r.Run.Requests != len(sent) || len(entered) != got {
				t.Fatalf("%d windows planned, %d entered, %d told; %d requests told, %d sent", r.Run.Windows, len(entered), got, r.Run.Requests, len(sent))
			}
			w.advance(time.Hour)
		}
		w.judge(t)
		t.Logf("requests %v", cost)
	})
}

// A bucket that the API refuses, or answers with nonsense, is found by halving in the first pass, and asked for once
// a day afterwards.
func TestBudgetOfAPoisonedBucket(t *testing.T) {
	for _, nonsense := range []bool{false, true} {
		for _, back := range []int{1, 2, 24, 100, 700, 744, 745, 1000, 1500, 4000, 6000} {
			w, bucket := one("2025-06-01")
			if nonsense {
				poison(w.nonsense, w.series[0], bucket(back))
			} else {
				poison(w.poisoned, w.series[0], bucket(back))
			}
			r, sent, _ := w.pass(t.Context(), Order{})
			more := len(sent) - w.least(w.answerable(w.series[0]))
			if r.Run.Failed != 1 || r.Run.State != flow.RunPartial {
				t.Errorf("%d back: %d windows failed, %s", back, r.Run.Failed, r.Run.State)
			}
			w.judge(t)
			week := 0
			var last int
			for i := range 7 * 24 {
				w.advance(time.Hour)
				_, sent, _ := w.pass(t.Context(), Order{})
				last += len(sent) - 1
				if i%24 == 23 {
					week, last = last, 0
				}
			}
			w.judge(t)
			if more > 20 || week > 1 {
				t.Errorf("%d back: %d requests more, want at most 20: 744 is halved ten times; then %d a day, want 1", back, more, week)
			}
			t.Logf("nonsense %-5v %4d back: %2d requests more, a week later %d a day", nonsense, back, more, week)
		}
	}
}

// A region that is refused, or answers nothing but nonsense, costs a few questions a day and one ledger entry a
// pass, and is loaded once it is answered.
func TestBudgetOfARefusedRegion(t *testing.T) {
	for _, since := range []string{"for ever", "from a day on", "nonsense for ever"} {
		t.Run(since, func(t *testing.T) {
			w := newWorld(flow.Hourly, "2025-06-01", "2026-03-10T10:20", []flow.Region{flow.Europe, flow.America}, 1)
			w.latency = time.Millisecond
			eu := w.series[0]
			begin := func() {
				w.shut[flow.Europe] = since != "nonsense for ever"
				if !w.shut[flow.Europe] {
					for b := range w.calendar.Buckets(flow.Window{Begin: at("2025-05-01"), End: at("2026-06-01")}) {
						poison(w.nonsense, eu, b)
					}
				}
			}
			if since == "from a day on" {
				w.pass(t.Context(), Order{})
				w.advance(time.Hour)
			}
			begin()
			_, sent, _ := w.pass(t.Context(), Order{})
			first := 0
			for _, q := range sent {
				if q.Series == eu {
					first++
				}
			}
			days := 0
			for range 30 {
				today := 0
				for range 24 {
					w.advance(time.Hour)
					_, sent, entered := w.pass(t.Context(), Order{})
					n := 0
					for _, q := range sent {
						if q.Series == eu {
							today++
						}
					}
					for _, a := range entered {
						if a.Series == eu {
							n++
						}
						if a.State == flow.Unavailable {
							t.Fatalf("%s is unavailable", a.Window)
						}
					}
					if n > 1 {
						t.Fatalf("%d ledger entries in one pass", n)
					}
				}
				days = max(days, today)
			}
			if first > firstBudget || days > 8 || len(w.ledger[eu]) > 30*8 {
				t.Errorf("%d requests in the first pass, then %d a day, %d ledger entries", first, days, len(w.ledger[eu]))
			}
			t.Logf("%d requests in the first pass, then at most %d a day; %d ledger entries in 30 days", first, days, len(w.ledger[eu]))
			w.shut, w.nonsense = nil, nil
			for range 7 {
				w.advance(time.Hour)
				w.pass(t.Context(), Order{})
			}
			w.judge(t)
		})
	}
}

// What is unavailable is one question after a month, and with --force; what the API keeps by then is loaded.
func TestUnavailableIsOneQuestionAMonthLater(t *testing.T) {
	w, _ := one("2025-06-01")
	w.kept[flow.Europe] = 60*day + time.Minute
	_, first, entered := w.pass(t.Context(), Order{})
	if count(entered, flow.Unavailable) != 1 {
		t.Errorf("%d ranges are unavailable, want one", count(entered, flow.Unavailable))
	}
	_, again, _ := w.pass(t.Context(), Order{})
	w.advance(time.Hour)
	_, forced, entered := w.pass(t.Context(), Order{Force: true})
	if n := count(entered, flow.Unavailable); n != 1 {
		t.Errorf("forced: %d ranges are unavailable, want one", n)
	}
	for range 29 {
		w.advance(day)
		w.pass(t.Context(), Order{})
	}
	w.advance(day)
	_, month, entered := w.pass(t.Context(), Order{})
	if n := count(entered, flow.Unavailable); n != 1 || len(month) != 2 {
		t.Errorf("a month later: %d requests, %d ranges unavailable, want 2 and 1", len(month), n)
	}
	if len(again) != 0 || len(forced) > 7 {
		t.Errorf("at once again %d requests, forced %d, want 0 and at most 7: two windows, and a bucket that has grown too old since, which proves it anew", len(again), len(forced))
	}
	w.kept[flow.Europe] = 0
	for range 30 {
		w.advance(day)
		w.pass(t.Context(), Order{})
	}
	w.judge(t)
	t.Logf("first %d requests, at once again %d, forced %d, a month later %d", len(first), len(again), len(forced), len(month))
}

// After an outage that is longer than what the API keeps, the ledger shows where to ask.
func TestOutageLongerThanTheAPIKeeps(t *testing.T) {
	w := newWorld(flow.Hourly, "2025-06-01", "2026-03-10T10:20", []flow.Region{flow.Europe, flow.America}, 3)
	w.kept[flow.Europe], w.kept[flow.America] = 20*day+time.Minute, 40*day
	w.pass(t.Context(), Order{})
	w.advance(60*day + 40*time.Minute)
	before := w.accepted()
	_, sent, _ := w.pass(t.Context(), Order{})
	w.judge(t)
	lost := map[flow.Series]int{}
	for _, s := range w.series {
		for b, f := range w.fates(s) {
			if f.accepted && time.Unix(b, 0).Before(w.now.Add(-w.kept[s.Region])) {
				lost[s]++
			}
		}
		before[s] -= lost[s]
	}
	if got := w.beyond(sent, before); got[0] > shownBudget {
		t.Errorf("%v requests more, want at most %d", got, shownBudget)
	} else {
		t.Logf("%v requests more", got)
	}
}

// What ends learning early teaches nothing: after an interrupt at any request, a cut line or a refused key, later
// passes make all good.
func TestLearningIsCutShort(t *testing.T) {
	for _, c := range []struct {
		name  string
		err   *flow.Error
		state flow.RunState
	}{
		{"an interrupt", nil, flow.RunInterrupted},
		{"a refused key", &flow.Error{Class: flow.Denied, Err: errors.New("the key is locked")}, flow.RunDenied},
		{"a fault of one request", &flow.Error{Class: flow.Transient, RequestID: "r", Err: errors.New("internal error")}, flow.RunPartial},
		{"a request that is rejected", &flow.Error{Class: flow.Rejected, RequestID: "r", Err: errors.New("unheard of")}, flow.RunPartial},
	} {
		t.Run(c.name, func(t *testing.T) {
			for cut := 1; cut < 45; cut++ {
				w, bucket := one("2025-06-01")
				w.span, w.kept[flow.Europe] = 168, 60*day+time.Minute
				poison(w.poisoned, w.series[0], bucket(200), bucket(201))
				ctx, stop := context.WithCancel(t.Context())
				w.down = func(n int) error {
					switch {
					case n != cut:
						return nil
					case c.err == nil:
						stop()
						return context.Canceled
					}
					copied := *c.err
					return &copied
				}
				r, sent, entered := w.pass(ctx, Order{})
				stop()
				if len(sent) >= cut && r.Run.State != c.state {
					t.Fatalf("cut at request %d: %s", cut, r.Run.State)
				}
				if c.state == flow.RunDenied || c.state == flow.RunInterrupted {
					if len(sent) > cut+perSeries {
						t.Errorf("cut at request %d, %d were sent", cut, len(sent))
					}
				} else if got := r.Run.Accepted + r.Run.Failed + r.Run.Unavailable; got != r.Run.Windows || len(entered) != got {
					t.Errorf("cut at request %d: %d windows planned, %d entered, %d told", cut, r.Run.Windows, len(entered), got)
				}
				w.down = nil
				for range 3 {
					w.advance(time.Hour)
					w.pass(t.Context(), Order{})
				}
				w.judge(t)
				if t.Failed() {
					t.Fatalf("cut at request %d", cut)
				}
			}
		})
	}
}

// A length that the API no longer refuses is tried after a month, and one that it no longer answers is found.
func TestTheLongestWindowChanges(t *testing.T) {
	w, _ := one("2025-06-01")
	w.span = 100
	w.pass(t.Context(), Order{})
	if w.limits.Answered != 100 || w.limits.Refused != 101 {
		t.Errorf("learned %+v, want 100 and 101", w.limits)
	}
	force := func(most int) {
		t.Helper()
		w.advance(time.Hour)
		_, sent, _ := w.pass(t.Context(), Order{Force: true})
		if n := len(sent) - w.least(w.answerable(w.series[0])); n > most {
			t.Errorf("span %d: %d requests more, want at most %d; learned %+v", w.span, n, most, w.limits)
		}
		w.judge(t)
	}
	force(0)
	w.advance(31 * day)
	force(1)
	force(0)
	w.span = 0
	w.advance(31 * day)
	force(1)
	force(0)
	w.span = 50
	force(30)
	force(0)
	if w.limits.Answered != 50 || w.limits.Refused != 51 {
		t.Errorf("learned %+v, want 50 and 51", w.limits)
	}
}

// The newest windows are handed out first, of all series, however wide the range.
func TestNewestFirst(t *testing.T) {
	w := newWorld(flow.Hourly, "2025-06-01", "2026-03-10T10:20", flow.Regions(), 6)
	r := w.runner()
	g := r.groups(Order{Series: w.series}, w.now)[0]
	plan, err := r.plan(t.Context(), g, w.now)
	if err != nil {
		t.Fatal(err)
	}
	p := &pass{Runner: r, clock: &versions{now: w.clock}, results: make(chan flow.Attempt, 1000)}
	d := newDispatcher(p, plan, &breaker{})
	end, n := w.now, 0
	for {
		j, ok := d.next(t.Context())
		if !ok {
			break
		}
		if n++; j.task.Window.End.After(end) {
			t.Fatalf("%s of %s is newer than what was handed out before", j.task.Window, j.series.series)
		}
		end = j.task.Window.End
		d.finished(j, j.work(t.Context(), j.series))
	}
	if want := len(w.series) * w.least(w.calendar.Count(g.grid.Range)); n != want {
		t.Errorf("%d windows, want %d", n, want)
	}
}

// Where the API keeps less than it takes until a bucket is final, or keeps less from a day on, what is covered and
// too old is not asked for again.
func TestRetentionWithinFinality(t *testing.T) {
	for _, later := range []bool{false, true} {
		w, _ := one("2026-02-01")
		eu := flow.Europe
		if !later {
			w.kept[eu] = 4*day + 7*time.Minute
		}
		w.pass(t.Context(), Order{})
		w.kept[eu] = 4*day + 7*time.Minute
		var cost []int
		for range 40 {
			w.advance(time.Hour)
			r, sent, _ := w.pass(t.Context(), Order{})
			cost = append(cost, len(sent))
			if r.Run.State != flow.RunDone {
				t.Errorf("keeps less later %v: a pass ends %s: %s", later, r.Run.State, r.Run.Reason)
			}
		}
		for i, n := range cost[1:] {
			if n != 1 {
				t.Errorf("keeps less later %v: pass %d sends %d requests, want 1", later, i+2, n)
			}
		}
		t.Logf("keeps less later %-5v requests %v", later, cost)
	}
}
