package pipeline

import (
	"context"
	"log/slog"
	"sync"
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
