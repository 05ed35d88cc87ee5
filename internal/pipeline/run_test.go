package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mnaflow/mnaflow/internal/exit"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// kept is a world whose warehouse counts batches, and may be away.
type kept struct {
	*world
	batches []int // attempts of each
	rows    []int // facts of each
	away    bool

	// Where inOrder is set the n-th request returns n ms after the first: in the order in which they were sent.
	inOrder bool
	turn    sync.Mutex
	sent    int
	first   time.Time
}

func (k *kept) Fetch(
	ctx context.Context, s flow.Series, win flow.Window, stamp func() flow.Stamp,
) (flow.Answer, error) {
	if !k.inOrder {
		return k.world.Fetch(ctx, s, win, stamp)
	}
	k.turn.Lock()
	if k.sent++; k.sent == 1 {
		k.first = time.Now()
	}
	at := k.first.Add(time.Duration(k.sent) * time.Millisecond)
	a, err := k.world.Fetch(ctx, s, win, stamp)
	k.turn.Unlock()
	<-time.After(time.Until(at))
	return a, err
}

func (k *kept) Store(
	ctx context.Context, run string, attempts []flow.Attempt, accept func(*flow.Attempt, []flow.Held),
) error {
	if k.away {
		return flow.Fail(flow.Warehouse, "away")
	}
	rows := 0
	for _, a := range attempts {
		rows += len(a.Transformed.Facts)
	}
	k.batches, k.rows = append(k.batches, len(attempts)), append(k.rows, rows)
	return k.world.Store(ctx, run, attempts, accept)
}

// run runs one pass over everything.
func (k *kept) run(ctx context.Context) Report {
	r := k.runner()
	r.deps.Warehouse = k
	r.deps.Accounts["main"] = Account{Name: "main", Zone: k.calendar.Zone(), API: k}
	k.began = k.now
	return r.Run(ctx, Order{RunID: "run", Series: k.series})
}

// newKept is a world of so many hourly series of one region, with eleven windows of a day each.
func newKept(each int) *kept {
	w := newWorld(flow.Hourly, "2026-03-01", "2026-03-11", []flow.Region{flow.Europe}, each)
	w.settings.MaxBuckets[flow.Hourly] = 24
	return &kept{world: w}
}

// stored counts the attempts of each state in the ledger.
func (k *kept) stored() map[flow.State]int {
	out := map[flow.State]int{}
	for _, attempts := range k.ledger {
		for _, a := range attempts {
			out[a.State]++
		}
	}
	return out
}

func failing(c flow.Class, requestID string) error {
	return &flow.Error{Class: c, RequestID: requestID, Err: errors.New(string(c))}
}

// How a pass ends, and its exit code: of several causes the warehouse counts before the credentials, and those before
// windows that failed.
func TestOutcome(t *testing.T) {
	every := func(err error) func(int) error { return func(int) error { return err } }
	for _, tt := range []struct {
		name  string
		down  func(n int) error
		away  bool
		state flow.RunState
		code  int
	}{
		{"all is answered", nil, false, flow.RunDone, exit.Done},
		{"one window is rejected", func(n int) error {
			if n == 3 {
				return failing(flow.Rejected, "r-3")
			}
			return nil
		}, false, flow.RunPartial, exit.Partial},
		{"the API is away", every(failing(flow.Transient, "")), false, flow.RunPartial, exit.Partial},
		{"the key is refused", every(failing(flow.Denied, "r-1")), false, flow.RunDenied, exit.Denied},
		{"the warehouse is away", nil, true, flow.RunFailed, exit.Warehouse},
		{"the key is refused and the warehouse is away", every(failing(flow.Denied, "r-1")), true, flow.RunFailed,
			exit.Warehouse},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKept(2)
				k.down, k.away = tt.down, tt.away
				r := k.run(t.Context())
				if r.Run.State != tt.state || r.Run.ExitCode != tt.code {
					t.Errorf("%s, exit %d (%s), want %s, exit %d", r.Run.State, r.Run.ExitCode, r.Run.Reason, tt.state, tt.code)
				}
				if (r.Run.Reason == "") != (tt.code == exit.Done) {
					t.Errorf("the reason is %q", r.Run.Reason)
				}
			})
		})
	}
}

// Windows in a row that fail on the way to the API end the account's pass. Errors that the API itself answers, with a
// request id, do not.
func TestBreaker(t *testing.T) {
	for _, tt := range []struct {
		name  string
		down  func(n int) error
		least int // requests
		most  int
		stops bool
	}{
		{"the way is down", func(int) error { return failing(flow.Transient, "") }, outage, outage + maxInFlight, true},
		{"every eighth window is answered", func(n int) error {
			if n%outage == 0 {
				return nil
			}
			return failing(flow.Transient, "")
		}, 66, 66, false},
		{
			"the API answers with errors of its own",
			func(n int) error { return failing(flow.Transient, fmt.Sprint("r-", n)) }, 66, 66, false,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKept(6)
				k.down, k.inOrder = tt.down, true
				r := k.run(t.Context())
				if n := len(k.asked); n < tt.least || n > tt.most {
					t.Errorf("%d requests, want %d to %d", n, tt.least, tt.most)
				}
				stopped := len(r.Errors) > 0 && strings.Contains(r.Errors[0].Error(), "windows in a row failed")
				if stopped != tt.stops {
					t.Errorf("the account stopped: %v, want %v (%v)", stopped, tt.stops, r.Errors)
				}
				if n := k.stored()[flow.Failed]; n == 0 {
					t.Error("the ledger has no failure")
				}
			})
		})
	}
}

// Many windows go into one insert, no more than fit into a batch, and each of them once.
func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKept(6)
		k.settings.Start = at("2025-12-01")
		k.now = at("2026-03-11")
		r := k.run(t.Context())
		total, rows := 0, 0
		for i, n := range k.batches {
			total, rows = total+n, rows+k.rows[i]
			if n > batchWindows || k.rows[i] >= batchRows+24 {
				t.Errorf("a batch of %d windows and %d rows", n, k.rows[i])
			}
		}
		if total != len(k.asked) || total != r.Run.Accepted || rows != r.Run.Rows {
			t.Errorf("%d windows and %d rows stored of %d asked for; the run counts %d and %d",
				total, rows, len(k.asked), r.Run.Accepted, r.Run.Rows)
		}
		if most := slices.Max(k.rows); len(k.batches) > rows/batchRows+2 || most < batchRows {
			t.Errorf("%d batches for %d rows, of %d at most", len(k.batches), rows, most)
		}
	})
}

// After an interrupt nothing more is asked for, and what has arrived is stored.
func TestInterrupt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKept(6)
		ctx, interrupt := context.WithCancel(t.Context())
		k.down = func(n int) error {
			if n == 20 {
				interrupt()
			}
			return nil
		}
		r := k.run(ctx)
		if r.Run.State != flow.RunInterrupted || r.Run.ExitCode != exit.Interrupted {
			t.Errorf("%s, exit %d, want interrupted", r.Run.State, r.Run.ExitCode)
		}
		if n := len(k.asked); n < 20 || n > 20+maxInFlight {
			t.Errorf("%d requests, want it to stop after 20", n)
		}
		if stored := k.stored(); stored[flow.Accepted] < 19 || stored[flow.Failed] > 0 {
			t.Errorf("%v stored, want the windows that were answered before the interrupt", stored)
		}
		k.down = nil
		again := k.run(t.Context())
		if again.Run.State != flow.RunDone || k.stored()[flow.Accepted] != 66 {
			t.Errorf("the next pass is %s and leaves %v", again.Run.State, k.stored())
		}
	})
}
