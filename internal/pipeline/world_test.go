package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// world is an API with a truth of its own, a warehouse that is a ledger in memory, and a clock that every request
// moves.
type world struct {
	calendar flow.Calendar
	settings Settings
	series   []flow.Series
	latency  time.Duration

	// What the API is like.
	span     int                           // a longer window is refused; 0: none is
	kept     map[flow.Region]time.Duration // a window that begins earlier is refused; 0: none is
	shut     map[flow.Region]bool          // every window is refused
	poisoned map[flow.Series]map[int64]bool
	nonsense map[flow.Series]map[int64]bool // a window with one of these buckets is answered with nonsense
	down     func(n int) error              // what the way to the API says to the n-th request

	mu     sync.Mutex
	now    time.Time
	began  time.Time // of the last pass
	asked  []asked
	ledger map[flow.Series][]flow.Attempt
	limits flow.Limits
	keeps  int
}

// asked is one request.
type asked struct {
	flow.Series
	flow.Window
	at      time.Time
	refused bool
}

func newWorld(g flow.Granularity, start, now string, regions []flow.Region, each int) *world {
	w := &world{
		calendar: flow.NewCalendar(g, time.FixedZone("UTC+8", 8*3600)), now: at(now), latency: 50 * time.Millisecond,
		kept: map[flow.Region]time.Duration{}, shut: map[flow.Region]bool{}, ledger: map[flow.Series][]flow.Attempt{},
		poisoned: map[flow.Series]map[int64]bool{}, nonsense: map[flow.Series]map[int64]bool{},
	}
	w.settings = Settings{
		Start:      at(start),
		Settle:     map[flow.Granularity]time.Duration{flow.Hourly: 15 * time.Minute, flow.Daily: 2 * time.Hour},
		Refresh:    map[flow.Granularity]time.Duration{flow.Hourly: 30 * time.Minute, flow.Daily: 12 * time.Hour},
		MaxBuckets: map[flow.Granularity]int{flow.Hourly: 744, flow.Daily: 366},
		Finality:   120 * time.Hour,
	}
	for _, r := range regions {
		n := 0
		for _, gw := range flow.GatewayTypes() {
			for _, tr := range flow.TrafficTypes() {
				if n++; n <= each {
					w.series = append(w.series, flow.Series{Account: "main", Granularity: g, Region: r, Gateway: gw, Traffic: tr})
				}
			}
		}
	}
	return w
}

func poison(m map[flow.Series]map[int64]bool, s flow.Series, buckets ...time.Time) {
	if m[s] == nil {
		m[s] = map[int64]bool{}
	}
	for _, b := range buckets {
		m[s][b.Unix()] = true
	}
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// refuses is the API's rule.
func (w *world) refuses(s flow.Series, win flow.Window) bool {
	if kept := w.kept[s.Region]; kept > 0 && win.Begin.Before(w.now.Add(-kept)) || w.shut[s.Region] || w.span > 0 && w.calendar.Count(win) > w.span {
		return true
	}
	return w.hits(w.poisoned[s], win)
}

func (w *world) hits(bad map[int64]bool, win flow.Window) bool {
	for b := range bad {
		if win.Contains(time.Unix(b, 0)) {
			return true
		}
	}
	return false
}

func (w *world) Fetch(ctx context.Context, s flow.Series, win flow.Window, stamp func() flow.Stamp) (flow.Answer, error) {
	sent := stamp()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(w.latency)
	n := len(w.asked)
	no := w.refuses(s, win)
	w.asked = append(w.asked, asked{s, win, w.now, no})
	id := fmt.Sprint("r-", n)
	if w.down != nil {
		if err := w.down(n + 1); err != nil {
			if f, ok := errors.AsType[*flow.Error](err); ok {
				f.Sent, f.Attempts = sent, 1
			}
			return flow.Answer{Sent: sent, Attempts: 1}, err
		}
	}
	if no {
		return flow.Answer{}, &flow.Error{Class: flow.Refused, RequestID: id, Sent: sent, Attempts: 1, Err: errors.New("InvalidParameterValue")}
	}
	a := flow.Answer{RequestID: id, Sent: sent, Attempts: 1}
	if w.hits(w.nonsense[s], win) {
		a.Points = []flow.Point{{Time: win.Begin, Bytes: 1}, {Time: win.Begin, Bytes: 2}}
	}
	return a, ctx.Err()
}

func (*world) Configure(context.Context, []flow.Setting, time.Time) error { return nil }
func (w *world) Clock(context.Context) (uint64, error)                    { return uint64(w.clock().UnixMicro()), nil }
func (*world) Record(context.Context, flow.Run, time.Time) error          { return nil }
func (*world) Note(context.Context, flow.Run, time.Time) error            { return nil }

func (w *world) Limits(context.Context, string, flow.Granularity) (flow.Limits, error) {
	return w.limits, nil
}

func (w *world) KeepLimits(_ context.Context, _, _ string, _ flow.Granularity, l flow.Limits, _ time.Time) error {
	w.limits = l
	w.keeps++
	return nil
}

func (w *world) Store(_ context.Context, _ string, attempts []flow.Attempt, accept func(*flow.Attempt, []flow.Held)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range attempts {
		if a.State == flow.Accepted {
			accept(&a, nil)
		}
		a.Transformed.Facts = nil // the ledger has none
		w.ledger[a.Series] = append(w.ledger[a.Series], a)
	}
	return nil
}

func (w *world) LedgerSpans(_ context.Context, _ string, _ flow.Calendar, within flow.Window, _ time.Duration, yield func(flow.Series, []flow.LedgerSpan) error) error {
	for s, attempts := range w.ledger {
		var known []flow.LedgerSpan
		for _, a := range attempts {
			if a.Window.Intersect(within).Empty() {
				continue
			}
			k := flow.LedgerSpan{Window: a.Window, State: a.State, Class: a.Class, Failures: a.Failures, Sent: a.Sent}
			if a.State == flow.Accepted {
				k.Reach = a.Sent.At.Sub(a.Window.Begin)
			}
			known = append(known, k)
		}
		if len(known) > 0 {
			if err := yield(s, known); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *world) runner() *Runner {
	return New(w.settings, Dependencies{
		Warehouse: w, Now: w.clock, Log: slog.New(slog.DiscardHandler), All: w.series,
		Accounts: map[string]Account{"main": {Name: "main", Zone: w.calendar.Zone(), API: w}},
	})
}

// pass runs one and returns what was asked and entered in it.
func (w *world) pass(ctx context.Context, o Order) (Report, []asked, []flow.Attempt) {
	n := len(w.asked)
	before := map[flow.Series]int{}
	for s, attempts := range w.ledger {
		before[s] = len(attempts)
	}
	o.RunID, o.Series, w.began = "run", w.series, w.now
	r := w.runner().Run(ctx, o)
	var entered []flow.Attempt
	for _, s := range w.series {
		entered = append(entered, w.ledger[s][before[s]:]...)
	}
	return r, w.asked[n:], entered
}

// configured is what had settled when the last pass began, from the start on.
func (w *world) configured() flow.Window {
	return flow.Window{
		Begin: w.calendar.Floor(w.calendar.DateStart(w.settings.Start)),
		End:   w.calendar.SettledBefore(w.began, w.settings.Settle[w.calendar.Granularity()]),
	}
}

// fate is what the ledger says of one bucket.
type fate struct{ accepted, failed, unavailable bool }

func (w *world) fates(s flow.Series) map[int64]fate {
	out := map[int64]fate{}
	attempts := slices.Clone(w.ledger[s])
	slices.SortFunc(attempts, func(a, b flow.Attempt) int { return int(int64(a.Sent.Version) - int64(b.Sent.Version)) })
	for _, a := range attempts {
		for b := range w.calendar.Buckets(a.Window) {
			f := out[b.Unix()]
			f.accepted = f.accepted || a.State == flow.Accepted
			f.failed, f.unavailable = a.State == flow.Failed, a.State == flow.Unavailable
			out[b.Unix()] = f
		}
	}
	return out
}

// answerable are the buckets of a series that the API would answer alone now.
func (w *world) answerable(s flow.Series) int {
	n := 0
	for b := range w.calendar.Buckets(w.configured()) {
		one := flow.Window{Begin: b, End: w.calendar.Next(b)}
		if !w.refuses(s, one) && !w.hits(w.nonsense[s], one) {
			n++
		}
	}
	return n
}

// least is how many windows a plan has that knows the limits.
func (w *world) least(n int) int {
	most := w.settings.MaxBuckets[w.calendar.Granularity()]
	if w.span > 0 {
		most = min(most, w.span)
	}
	return (n + most - 1) / most
}

// judge fails where a bucket that the API answers is not accepted, one that it refuses is accepted or has no fate,
// or one is unavailable without the API having refused its own series there and farther back.
func (w *world) judge(t interface {
	Helper()
	Errorf(string, ...any)
}) {
	t.Helper()
	for _, s := range w.series {
		lacking, wrong := 0, 0
		var first, none time.Time
		fates := w.fates(s)
		for b := range w.calendar.Buckets(w.configured()) {
			one := flow.Window{Begin: b, End: w.calendar.Next(b)}
			f := fates[b.Unix()]
			good := !w.refuses(s, one) && !w.hits(w.nonsense[s], one)
			if good && !f.accepted {
				if lacking++; lacking == 1 {
					first = b
				}
			}
			// What comes due beside a range that stays refused waits for its next question, at most six hours.
			waits := w.calendar.Granularity() == flow.Hourly && b.After(w.configured().End.Add(-8*time.Hour))
			if !good && !waits && !f.accepted && !f.failed && !f.unavailable {
				if wrong++; wrong == 1 {
					none = b
				}
			}
		}
		if lacking > 0 {
			t.Errorf("%s: %d buckets that the API answers are not accepted, the first is %s", s, lacking, first)
		}
		if wrong > 0 {
			t.Errorf("%s: %d buckets have no fate, the first is %s", s, wrong, none)
		}
		for _, a := range w.ledger[s] {
			if a.State == flow.Unavailable {
				w.proved(t, s, a)
			}
		}
	}
}

// proved fails unless the API refused the newest bucket of an unavailable range, and at least one older one if there
// is any, by the series' own requests.
func (w *world) proved(t interface {
	Helper()
	Errorf(string, ...any)
}, s flow.Series, a flow.Attempt) {
	t.Helper()
	newest, at := false, map[int64]bool{}
	for _, q := range w.asked {
		if q.Series != s || !q.refused || w.calendar.Count(q.Window) > 1 {
			continue
		}
		if q.End.Equal(a.Window.End) {
			newest = true
		}
		at[q.Begin.Unix()] = true
	}
	if !newest {
		t.Errorf("%s: %s is unavailable, though its newest bucket was never refused by itself", s, a.Window)
	}
	if n := w.calendar.Count(a.Window); n > 1 && len(at) < 2 {
		t.Errorf("%s: %s is unavailable, though only its newest bucket was refused", s, a.Window)
	}
}

// beyond is how many requests more were sent for each series than a plan with known limits has windows, the dearest
// series first.
func (w *world) beyond(sent []asked, before map[flow.Series]int) []int {
	var out []int
	for _, s := range w.series {
		n := -w.least(w.answerable(s) - before[s])
		for _, q := range sent {
			if q.Series == s {
				n++
			}
		}
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b int) int { return b - a })
	return out
}

// accepted is how many buckets of each series are accepted.
func (w *world) accepted() map[flow.Series]int {
	out := map[flow.Series]int{}
	for _, s := range w.series {
		for _, f := range w.fates(s) {
			if f.accepted {
				out[s]++
			}
		}
	}
	return out
}

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
				{"each region is kept another time", []time.Duration{90*day + 5*time.Hour, 30 * day, 180 * day, 0, 7*day + time.Minute}},
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
					if got := r.Run.Accepted + r.Run.Failed + r.Run.Unavailable; got != r.Run.Windows || r.Run.Requests != len(sent) || len(entered) != got {
						t.Errorf("%d windows planned, %d entered, %d told; %d requests told, %d sent", r.Run.Windows, len(entered), got, r.Run.Requests, len(sent))
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
					t.Logf("beyond the plan with known limits: first backfill %2d, shown the way %2d, at once again %d, a day later %d", first, shown, len(again), more)
				})
			}
		}
	}
}
