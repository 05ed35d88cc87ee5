package monitor_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// ready fails the test unless /readyz says ready, or not ready for exactly the given reasons.
func (r *rig) ready(when string, reasons ...string) {
	r.t.Helper()
	code, text := r.get("/readyz")
	want := 200
	if len(reasons) > 0 {
		want = 503
	}
	if code != want || strings.Count(text, "FAIL") != len(reasons) || strings.Count(text, "\n") != 3 {
		r.t.Errorf("%s: want %d and %d faults in three lines, got %d:\n%s", when, want, len(reasons), code, text)
	}
	for _, reason := range reasons {
		if !strings.Contains(text, "FAIL "+reason) {
			r.t.Errorf("%s: it does not say %q:\n%s", when, reason, text)
		}
	}
	still := 0.0
	if strings.Contains(text, "FAIL progress") {
		still = 1
	}
	r.want(map[string]float64{"mnaflow_standing_still": still})
}

var (
	done     = flow.Run{State: flow.RunDone}
	denied   = flow.Run{State: flow.RunDenied, Counts: flow.Counts{Failed: 1}}
	nothing  = flow.Run{State: flow.RunPartial, Counts: flow.Counts{Failed: 8}}
	most     = flow.Run{State: flow.RunPartial, Counts: flow.Counts{Accepted: 7, Failed: 1}}
	noTables = flow.Run{State: flow.RunFailed, Counts: flow.Counts{Accepted: 7}}
)

func TestReadyOverADay(t *testing.T) {
	r := newRig(t)
	r.ready("at first", "scheduler: it has not started yet")
	r.pass(nothing)
	r.ready("no success yet, but early")
	r.at("10:20:59")
	r.ready("the tick is hardly late")
	r.at("10:21:01")
	r.ready("the tick is late", "scheduler: no pass has started at the tick of 2026-11-18T10:20:00Z")
	r.pass(denied)
	r.at("12:20:00")
	r.pass(noTables)
	r.at("13:00:00")
	r.ready("three periods")
	r.at("13:00:01")
	r.ready("more than three periods", "progress: no pass has succeeded since the start at 2026-11-18T10:00:00Z, "+
		"and three periods")
	r.at("13:20:00")
	r.pass(most)
	r.ready("most windows were stored")
	ended := float64(start.Add(3*time.Hour+20*time.Minute).Unix()) + 1
	r.want(map[string]float64{"mnaflow_last_success_timestamp_seconds": ended})
	r.at("14:20:00")
	r.pass(done)
	r.at("17:19:00")
	r.pass(nothing)
	r.ready("not yet three periods")
	r.at("17:20:02")
	r.ready("three periods after the last success",
		"progress: the last pass that succeeded ended at 2026-11-18T14:20:01Z")
	r.pass(done)
	r.ready("success")
	r.want(map[string]float64{
		"mnaflow_passes_total done": 2, "mnaflow_passes_total partial": 3, "mnaflow_passes_total denied": 1,
		"mnaflow_passes_total failed":      1,
		"mnaflow_passes_total interrupted": 0, "mnaflow_pass_duration_seconds": 7,
	})
}

// While a pass hangs, the scheduler counts as alive, but there is no progress.
func TestReadyWhileAPassHangs(t *testing.T) {
	r := newRig(t)
	r.pass(done)
	r.at("10:20:00")
	hangs, goOn := make(chan struct{}), make(chan struct{})
	var ended sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	ended.Go(func() {
		r.Pass(ctx, func(context.Context) flow.Run {
			close(hangs)
			<-goOn
			return flow.Run{State: flow.RunInterrupted}
		})
	})
	<-hangs
	r.at("11:25:00")
	r.ready("a tick was skipped")
	r.at("13:01:00")
	r.ready("three periods", "progress: the last pass that succeeded ended at 2026-11-18T10:00:01Z")
	stop()
	for !strings.Contains(r.scheduler(), "FAIL scheduler: it is stopping") {
		runtime.Gosched() // let the goroutine run that notices the end of the context
	}
	close(goOn)
	ended.Wait()
}

// scheduler is the scheduler's line of /readyz.
func (r *rig) scheduler() string {
	_, text := r.get("/readyz")
	return strings.Split(text, "\n")[1]
}

// However many probes come, the warehouse is checked once in five seconds.
func TestProbesShareAnAnswer(t *testing.T) {
	r := newRig(t)
	r.pass(done)
	var checks atomic.Int32
	var answer error
	r.check = func(context.Context) error { checks.Add(1); return answer }
	probes := func() {
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { r.get("/readyz") })
		}
		all.Wait()
	}
	probes()
	r.at("10:00:04")
	answer = errors.New("it is away")
	r.ready("the answer is kept")
	r.at("10:00:05")
	probes()
	r.ready("the answer is renewed", "warehouse: it is away")
	r.at("09:00:00")
	r.ready("the clock went back", "warehouse: it is away")
	if n := checks.Load(); n != 3 {
		t.Errorf("the warehouse was checked %d times, want 3", n)
	}
	probes()
	r.get("/metrics")
	if n := checks.Load(); n != 3 {
		t.Errorf("the warehouse was checked %d times after a scrape and more probes, want 3", n)
	}
}

// A warehouse that never answers costs a probe three seconds.
func TestProbeOfAWarehouseThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.pass(done)
		r.check = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		before := time.Now()
		r.ready("it hangs", "warehouse: context deadline exceeded")
		if took := time.Since(before); took != 3*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}
