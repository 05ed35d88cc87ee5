package pipeline

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// ledger is a warehouse of which planning reads only what is known.
type ledger struct {
	Warehouse
	known map[flow.Series][]flow.LedgerSpan
	err   error
	asked []flow.Window
}

func (l *ledger) Limits(context.Context, string, flow.Granularity) (flow.Limits, error) {
	return flow.Limits{}, nil
}

func (l *ledger) LedgerSpans(
	_ context.Context, account string, c flow.Calendar, within flow.Window, _ time.Duration,
	yield func(flow.Series, []flow.LedgerSpan) error,
) error {
	l.asked = append(l.asked, within)
	for s, known := range l.known {
		if s.Account == account && s.Granularity == c.Granularity() {
			if err := yield(s, known); err != nil {
				return err
			}
		}
	}
	return l.err
}

func runner(t *testing.T, w Warehouse, now string) *Runner {
	t.Helper()
	return New(Settings{
		Start:      at("2026-03-28"),
		Settle:     map[flow.Granularity]time.Duration{flow.Hourly: 15 * time.Minute, flow.Daily: 2 * time.Hour},
		Refresh:    map[flow.Granularity]time.Duration{flow.Hourly: 30 * time.Minute, flow.Daily: 12 * time.Hour},
		MaxBuckets: map[flow.Granularity]int{flow.Hourly: 744, flow.Daily: 366},
		Finality:   120 * time.Hour,
	}, Dependencies{
		Warehouse: w, Now: func() time.Time { return at(now) },
		Accounts: map[string]Account{
			"cn": {Name: "cn", Zone: zone(t, "Asia/Shanghai")},
			"de": {Name: "de", Zone: zone(t, "Europe/Berlin")},
		},
	})
}

func named(account string, g flow.Granularity, r flow.Region) flow.Series {
	return flow.Series{Account: account, Granularity: g, Region: r, Gateway: flow.Public, Traffic: flow.Total}
}

func TestOrderRange(t *testing.T) {
	cn, de := named("cn", flow.Hourly, flow.Europe), named("de", flow.Daily, flow.Europe)
	tests := []struct {
		name     string
		now      string
		from, to Moment
		want     string // of both, hours in Shanghai and days in Berlin
	}{
		{
			name: "from the start in each zone to what has settled", now: "2026-03-31T10:20",
			want: `
cn/hourly/EU/public/total [2026-03-27T16:00Z, 2026-03-31T10:00Z) ×90 never requested
de/daily/EU/public/total [2026-03-27T23:00Z, 2026-03-30T22:00Z) ×3 never requested`,
		},
		{
			name: "an hour has settled exactly", now: "2026-03-31T10:15",
			want: `
cn/hourly/EU/public/total [2026-03-27T16:00Z, 2026-03-31T10:00Z) ×90 never requested
de/daily/EU/public/total [2026-03-27T23:00Z, 2026-03-30T22:00Z) ×3 never requested`,
		},
		{
			name: "a moment before", now: "2026-03-31T10:14:59.999Z",
			want: `
cn/hourly/EU/public/total [2026-03-27T16:00Z, 2026-03-31T09:00Z) ×89 never requested
de/daily/EU/public/total [2026-03-27T23:00Z, 2026-03-30T22:00Z) ×3 never requested`,
		},
		{
			name: "a day has settled exactly, after the change to summer time", now: "2026-03-31T00:00",
			want: `
cn/hourly/EU/public/total [2026-03-27T16:00Z, 2026-03-30T23:00Z) ×79 never requested
de/daily/EU/public/total [2026-03-27T23:00Z, 2026-03-30T22:00Z) ×3 never requested`,
		},
		{
			name: "a moment before that", now: "2026-03-30T23:59:59.999Z",
			want: `
cn/hourly/EU/public/total [2026-03-27T16:00Z, 2026-03-30T23:00Z) ×79 never requested
de/daily/EU/public/total [2026-03-27T23:00Z, 2026-03-29T22:00Z) ×2 never requested`,
		},
		{
			name: "dates start in each zone",
			now:  "2026-03-31T10:20", from: Moment{Date: at("2026-03-29")}, to: Moment{Date: at("2026-03-30")},
			want: `
cn/hourly/EU/public/total [2026-03-28T16:00Z, 2026-03-29T16:00Z) ×24 never requested
de/daily/EU/public/total [2026-03-28T23:00Z, 2026-03-29T22:00Z) ×1 never requested`,
		},
		{
			name: "instants inside buckets take the whole bucket", now: "2026-03-31T10:20",
			from: Moment{Instant: at("2026-03-29T05:30")}, to: Moment{Instant: at("2026-03-29T06:01")},
			want: `
cn/hourly/EU/public/total [2026-03-29T05:00Z, 2026-03-29T07:00Z) ×2 never requested
de/daily/EU/public/total [2026-03-28T23:00Z, 2026-03-29T22:00Z) ×1 never requested`,
		},
		{
			name: "an end in the future is what has settled",
			now:  "2026-03-31T10:20", from: Moment{Date: at("2026-03-30")}, to: Moment{Date: at("2027-01-01")},
			want: `
cn/hourly/EU/public/total [2026-03-29T16:00Z, 2026-03-31T10:00Z) ×42 never requested
de/daily/EU/public/total [2026-03-29T22:00Z, 2026-03-30T22:00Z) ×1 never requested`,
		},
		{
			name: "before the configured start, when it is asked for",
			now:  "2026-03-31T10:20", from: Moment{Date: at("2026-03-27")}, to: Moment{Date: at("2026-03-28")},
			want: `
cn/hourly/EU/public/total [2026-03-26T16:00Z, 2026-03-27T16:00Z) ×24 never requested
de/daily/EU/public/total [2026-03-26T23:00Z, 2026-03-27T23:00Z) ×1 never requested`,
		},
		{
			name: "an empty range",
			now:  "2026-03-31T10:20", from: Moment{Date: at("2026-03-29")}, to: Moment{Date: at("2026-03-29")},
		},
		{name: "a start in the future", now: "2026-03-20T10:20"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := &ledger{}
			got, err := runner(t, w, tt.now).Plan(t.Context(), Order{Series: []flow.Series{cn, de}, From: tt.from, To: tt.to})
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			for _, task := range got {
				text += "\n" + task.Series.String() + " " + strings.TrimSpace(lines([]Task{task}))
			}
			if diff := gocmp.Diff(tt.want, text); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
			if tt.want == "" && len(w.asked) > 0 {
				t.Errorf("the ledger was read for %v, want no query for nothing", w.asked)
			}
		})
	}
}

// The ledger is read once an account and granularity; its order and the series that it knows beyond the order change
// nothing.
func TestOrderSeries(t *testing.T) {
	order := []flow.Series{
		named("de", flow.Hourly, flow.America), named("de", flow.Hourly, flow.Europe),
		named("de", flow.Hourly, flow.MainlandChina),
		named("cn", flow.Daily, flow.Europe), named("cn", flow.Hourly, flow.Europe),
	}
	w := &ledger{known: map[flow.Series][]flow.LedgerSpan{
		order[0]: {accepted("2026-03-28", "2026-03-28T05:00", "2026-04-10")},
		order[2]: {accepted("2026-03-27", "2026-03-29", "2026-04-10")},
		named("de", flow.Hourly, flow.AsiaPacific): {accepted("2026-03-28", "2026-03-28T07:00", "2026-04-10")},
		order[4]: {failed(1, "2026-03-28", "2026-03-28T04:00", "2026-03-30T10:00")},
	}}
	r := runner(t, w, "2026-04-10T10:20")
	got, err := r.Plan(t.Context(), Order{
		Series: order, From: Moment{Instant: at("2026-03-28")}, To: Moment{Instant: at("2026-03-28T12:00")},
	})
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, task := range got {
		text += "\n" + task.Series.String() + " " + strings.TrimSpace(lines([]Task{task}))
	}
	want := `
de/hourly/AM/public/total [2026-03-28T05:00Z, 2026-03-28T12:00Z) ×7 never requested
de/hourly/EU/public/total [2026-03-28T00:00Z, 2026-03-28T12:00Z) ×12 never requested
cn/daily/EU/public/total [2026-03-27T16:00Z, 2026-03-28T16:00Z) ×1 never requested
cn/hourly/EU/public/total [2026-03-28T00:00Z, 2026-03-28T04:00Z) ×4 failed after 1
cn/hourly/EU/public/total [2026-03-28T04:00Z, 2026-03-28T12:00Z) ×8 never requested`
	if diff := gocmp.Diff(want, text); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	if len(w.asked) != 3 {
		t.Errorf("the ledger was read %d times, want 3: de/hourly, cn/daily, cn/hourly", len(w.asked))
	}
	for _, force := range []bool{false, true} {
		forced, err := r.Plan(t.Context(), Order{Series: order[2:3], Force: force, To: Moment{Instant: at("2026-03-29")}})
		if want := map[bool]int{false: 0, true: 1}[force]; err != nil || len(forced) != want {
			t.Errorf("force %v: %v, %v; want %d windows", force, forced, err, want)
		}
	}
}

func TestOrderFails(t *testing.T) {
	gone := flow.Fail(flow.Warehouse, "gone")
	w := &ledger{known: map[flow.Series][]flow.LedgerSpan{}, err: gone}
	_, err := runner(t, w, "2026-04-10T10:20").Plan(t.Context(), Order{
		Series: []flow.Series{named("de", flow.Hourly, flow.Europe)},
	})
	if !errors.Is(err, gone) || flow.ClassOf(err) != flow.Warehouse || !strings.Contains(err.Error(), "de/hourly") {
		t.Errorf("%v, want the warehouse's error, and what was being planned", err)
	}
	s := named("de", flow.Hourly, flow.Europe)
	w = &ledger{known: map[flow.Series][]flow.LedgerSpan{s: {accepted("2026-03-28", "2026-03-28T05:00", "2026-04-10")}}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = runner(t, w, "2026-04-10T10:20").Plan(ctx, Order{Series: []flow.Series{s}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context.Canceled", err)
	}
}

// Versions rise with every stamp and stand above the floor, whatever the clock does; the moment of sending is the
// clock's.
func TestVersions(t *testing.T) {
	started := at("2026-01-01T12:00")
	now := started
	v := &versions{now: func() time.Time { return now }, read: started, floor: 1_000_000}
	for i, tt := range []struct {
		clock time.Duration
		want  uint64
	}{
		{0, 1_000_001},
		{0, 1_000_002},
		{time.Second, 2_000_001},
		{time.Second, 2_000_002},
		{-time.Hour, 2_000_003}, // the clock jumps back
		{-time.Hour, 2_000_004},
		{2 * time.Second, 3_000_001},
		{1500 * time.Millisecond, 3_000_002},
	} {
		now = started.Add(tt.clock)
		if got := v.next(); got.Version != tt.want || !got.At.Equal(now) {
			t.Errorf("stamp %d: %+v, want version %d at %s", i, got, tt.want, now)
		}
	}
}

func TestVersionsAtOnce(t *testing.T) {
	v := &versions{now: time.Now, read: time.Now(), floor: 5}
	var mu sync.Mutex
	seen := map[uint64]bool{}
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			last := uint64(5)
			for range 200 {
				s := v.next()
				mu.Lock()
				if s.Version <= last || seen[s.Version] {
					t.Errorf("version %d after %d, seen before: %v", s.Version, last, seen[s.Version])
				}
				seen[s.Version] = true
				mu.Unlock()
				last = s.Version
			}
		})
	}
	workers.Wait()
}
