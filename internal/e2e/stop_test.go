package e2e

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/cli"
)

// A load that is interrupted stops asking, stores what has arrived, says so, and goes on from there the next time.
func TestInterruptedLoad(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var answered atomic.Int32
	settings := unlimited()
	settings.Latency = apisim.Duration(time.Millisecond)
	r := newRig(t, start, settings, few, func(ctx context.Context, _ time.Duration) error {
		if answered.Add(1) == 4 {
			interrupt()
			<-ctx.Done() // this one is never answered
		}
		return ctx.Err()
	})
	r.must("migrate")
	var arrived atomic.Uint64 // answers, before the interrupt
	var stdout, stderr strings.Builder
	code := cli.Run(ctx, cli.World{
		Args: []string{"--config", r.config, "backfill", "--from", "2026-11-01"}, Env: keyEnv, Stdout: &stdout,
		Stderr: &stderr, Now: r.clock,
		Trace: reaching(func(point string) {
			if point == "after answer" && ctx.Err() == nil {
				arrived.Add(1)
			}
		}),
	})
	got := result{code, stdout.String(), stderr.String()}
	if got.code != 130 {
		t.Errorf("want exit 130: %s", got)
	}
	mention(t, got.stderr, "all finished windows are stored")
	if n := strings.Count(got.stderr, "mnaflow: "); n != 1 {
		t.Errorf("the interrupt is told %d times: %s", n, got)
	}
	stored := r.scalar("SELECT count() FROM extractions WHERE state = 'accepted'")
	if stored == 0 || stored < arrived.Load() || stored > 4 {
		t.Errorf("%d windows are stored, want the %d that were answered", stored, arrived.Load())
	}
	const recorded = "state = 'interrupted' AND exit_code = 130 AND finished_at IS NOT NULL"
	if n := r.scalar("SELECT count() FROM runs WHERE " + recorded); n != 1 {
		t.Errorf("%d runs are recorded as interrupted, want 1", n)
	}
	if n := r.sent("run"); n != 8-int(stored) {
		t.Errorf("the next run sent %d requests, want the %d windows that are left", n, 8-stored)
	}
	r.check(start)
}

// schedule runs a pass at once, and ends with 0 when it is stopped.
func TestSchedule(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var asked atomic.Int32
	settings := unlimited()
	settings.Latency = apisim.Duration(time.Millisecond)
	r := newRig(t, start, settings, few, func(context.Context, time.Duration) error {
		if asked.Add(1) == 8 {
			stop()
		}
		return nil
	})
	r.must("migrate")
	if got := r.doEnv(ctx, keyEnv, "schedule"); got.code != 0 {
		t.Errorf("want exit 0: %s", got)
	}
	if n := r.scalar("SELECT count() FROM runs WHERE command = 'schedule'"); n != 1 {
		t.Errorf("%d passes, want 1", n)
	}
	r.must("run")
	r.check(start)
}

// The demo does what the README says.
func TestDemo(t *testing.T) {
	t.Parallel()
	var stdout, stderr strings.Builder
	code := cli.Run(t.Context(), cli.World{
		Args: []string{"demo", "--once"}, Env: noEnv, Stdout: &stdout, Stderr: &stderr, Now: time.Now,
	})
	if code != 0 {
		t.Fatalf("exit %d\n%s%s", code, stdout.String(), stderr.String())
	}
	mention(t, stdout.String(),
		"$ mnaflow backfill --from", "$ mnaflow run", "What was loaded", "usage_daily", "/play", "Done in")
	said, link, _ := strings.Cut(stdout.String(), "Look around: ") // a link cannot be broken
	_, end, _ := strings.Cut(link, "\n")
	narrow(t, said+end)
	if strings.Contains(stdout.String(), "0x") {
		t.Errorf("an address is printed for a value:\n%s", stdout.String())
	}
}
