package pipeline

import (
	"fmt"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// What learning costs at most, in requests beyond the windows that a plan with known limits has: of a series in the
// first backfill, of one that comes to others, which have shown the way, and afterwards.
const (
	firstBudget = 32
	shownBudget = 8
)

func TestBudgets(t *testing.T) {
	for _, g := range flow.Granularities() {
		for _, span := range []int{0, 168, 24, 1, 100, 743, 37} {
			for _, c := range []struct {
				name string
				kept []time.Duration // of each region
			}{
				{"all is kept", make([]time.Duration, 5)},
				{"ALL is kept 10 days", []time.Duration{10 * day, 0, 0, 0, 0}},
				{"each region is kept another time",
					[]time.Duration{90*day + 5*time.Hour, 30 * day, 180 * day, 0, 7*day + time.Minute}},
				{"all is kept 95 days", []time.Duration{95 * day, 95 * day, 95 * day, 95 * day, 95 * day}},
			} {
				start := "2025-01-01"
				if g == flow.Hourly && span == 1 {
					start = "2025-12-01" // a request an hour
				}
				t.Run(fmt.Sprintf("%s, span %d, %s", g, span, c.name), func(t *testing.T) {
					w := newWorld(g, start, "2026-03-10T10:20", flow.Regions(), 3)
					w.span, w.latency = span, time.Millisecond
					for i, r := range flow.Regions() {
						w.kept[r] = c.kept[i]
					}
					all := w.series
					w.series = nil
					for i := 0; i < len(all); i += 3 {
						w.series = append(w.series, all[i])
					}
					r, sent, entered := w.pass(t.Context(), Order{})
					if got := r.Run.Accepted + r.Run.Failed + r.Run.Unavailable; got != r.Run.Windows ||
						r.Run.Requests != len(sent) || len(entered) != got {
						t.Errorf("%d windows planned, %d entered, %d told; %d requests told, %d sent",
							r.Run.Windows, len(entered), got, r.Run.Requests, len(sent))
					}
					first := w.beyond(sent, nil)
					before := w.accepted()
					w.series = all
					_, sent, _ = w.pass(t.Context(), Order{})
					shown := w.beyond(sent, before)
					w.judge(t)
					_, again, _ := w.pass(t.Context(), Order{})
					w.advance(day)
					_, later, entered := w.pass(t.Context(), Order{})
					for _, a := range entered {
						if a.State != flow.Accepted {
							t.Errorf("a day later %s is %s", a.Window, a.State)
						}
					}
					due := 0 // a series
					for range w.calendar.Buckets(flow.Window{Begin: w.calendar.Floor(w.now.Add(-7 * day)), End: w.configured().End}) {
						due++
					}
					more := len(later) - len(all)*w.least(due)
					if first[0] > firstBudget || shown[0] > shownBudget || len(again) > 0 || more > 0 {
						t.Errorf("want at most %d, %d, 0 and 0", firstBudget, shownBudget)
					}
					t.Logf("beyond the plan with known limits: first backfill %2d, shown the way %2d, "+
						"at once again %d, a day later %d", first, shown, len(again), more)
				})
			}
		}
	}
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
				t.Errorf("%d back: %d requests more, want at most 20: 744 is halved ten times; then %d a day, want 1",
					back, more, week)
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
			t.Logf("%d requests in the first pass, then at most %d a day; %d ledger entries in 30 days",
				first, days, len(w.ledger[eu]))
			w.shut, w.nonsense = nil, nil
			for range 7 {
				w.advance(time.Hour)
				w.pass(t.Context(), Order{})
			}
			w.judge(t)
		})
	}
}
