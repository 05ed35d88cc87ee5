//go:build linux

package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// program builds mnaflow as its users do.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mnaflow")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "../../cmd/mnaflow")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// yearDays are those of a year, or of two windows of hours: what a pass does with them does not depend on how many
// there are.
func yearDays() int { return width(40, 365) }

// yearRows are what so many days have at least.
func yearRows() int { return yearDays() * 60 * 24 * 9 / 20 }

// yearRig is an installation that loads a year of all sixty series from a simulator at the vendor's limit. The data's
// clock stands still; a separate process, whose clock nobody sets, loads them, so settle is chosen to end in the middle
// of an hour and of a day.
func yearRig(t *testing.T) (r *rig, begin time.Time) {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second) // the warehouse keeps milliseconds
	settings := apisim.DefaultSettings()
	settings.Latency = apisim.Duration(150 * time.Millisecond)
	hourly := time.Duration(15+(now.Minute()+15)%60) * time.Minute
	day := now.Add(8 * time.Hour)
	daily := 12*time.Hour + time.Duration(day.Hour())*time.Hour
	zone := time.FixedZone("", 8*3600)
	from := now.In(zone).AddDate(0, 0, -yearDays())
	begin = time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, zone)
	r = newRig(t, now, settings,
		fmt.Sprintf("  start: %s\n  settle: {hourly: %s, daily: %s}\n", begin.Format(time.DateOnly), hourly, daily))
	// The vendor allows 20; the default leaves two to others.
	r.edit("requests_per_second: 20", "requests_per_second: 18")
	r.settleAt = map[string]time.Duration{"hourly": hourly, "daily": daily}
	r.must("migrate")
	return r, begin
}

// child starts mnaflow as a process of its own.
func (r *rig) child(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, append([]string{"--config", r.config}, args...)...)
	cmd.Env = []string{"TENCENTCLOUD_SECRET_ID=" + apisim.DefaultID, "TENCENTCLOUD_SECRET_KEY=" + apisim.DefaultSecret}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd
}

// watchMemory reads the highest resident set of a process (VmHWM, in MiB) until the returned function asks for it. The
// kernel's account of an ended child will not do: it includes the memory of this process before the child's exec.
func watchMemory(pid int) (peak func() int) {
	done, highest := make(chan struct{}), make(chan int)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		most := 0
		for {
			select {
			case <-tick.C:
				status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
				if err != nil {
					continue // it has ended
				}
				_, rest, _ := strings.Cut(string(status), "VmHWM:")
				var kib int
				if _, err := fmt.Sscan(rest, &kib); err == nil {
					most = max(most, kib/1024)
				}
			case <-done:
				highest <- most
				return
			}
		}
	}()
	return func() int { close(done); return <-highest }
}

// A year at the vendor's limit: nearly all of it is used, none of it exceeded, in little memory; then only what is due
// is asked for; and every row is the truth.
func TestYear(t *testing.T) {
	t.Parallel()
	path := program(t)
	r, begin := yearRig(t)
	started := time.Now()
	cmd := r.child(t.Context(), path, "backfill", "--from", begin.Format(time.DateOnly))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	peak := watchMemory(cmd.Process.Pid)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("backfill: %v\n%s", err, cmd.Stdout)
	}
	seconds := time.Since(started).Seconds()
	stats := r.sim.Stats()
	memory := peak()
	t.Logf("backfill of %d days: %d requests, %d refused, %.1f s, %.1f requests/s, at most %d received in a second, "+
		"peak memory %d MiB", yearDays(), stats.Received, stats.Refused, seconds, float64(stats.Received)/seconds,
		stats.MaxReceivedPerSecond, memory)
	// A machine that is busy with other tests may hold back requests that were sent evenly, and deliver them together.
	if stats.Refused > stats.Received/20 {
		t.Errorf("%d of %d requests were refused", stats.Refused, stats.Received)
	}
	if memory == 0 || memory >= 64 {
		t.Errorf("peak memory %d MiB, want under 64", memory)
	}
	first := r.clock()
	r.advance(40 * time.Minute) // refresh of the hourly buckets has passed, and that of the daily ones has not
	due := r.sent("run")
	t.Logf("run 40 minutes later: %d requests; run again: %d requests", due, r.sent("run"))
	if due != 30 {
		t.Errorf("the next run sent %d requests, want 30: one for each hourly series", due)
	}
	if n := r.sent("run"); n != 0 {
		t.Errorf("a run with nothing due sent %d requests", n)
	}
	c := r.compare(r.settled(begin, nil, nil), first, r.clock())
	t.Logf("views against the truth: %s", c)
	if !c.clean() || c.rows < yearRows() {
		t.Error("the views differ from the truth")
	}
}

// The same, killed ten times at random moments and started again each time.
func TestYearKilledTenTimes(t *testing.T) {
	t.Parallel()
	path := program(t)
	r, begin := yearRig(t)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	kills := 0
	for kills < width(2, 10) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.Int64N(int64(4*time.Second)))) // kills it
		cmd := r.child(ctx, path, "backfill", "--from", begin.Format(time.DateOnly))
		err := cmd.Run()
		cancel()
		if err == nil {
			t.Logf("finished after %d kills", kills)
			break
		}
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			t.Fatalf("backfill: %v\n%s", err, cmd.Stdout)
		}
		kills++
	}
	cmd := r.child(t.Context(), path, "backfill", "--from", begin.Format(time.DateOnly))
	if err := cmd.Run(); err != nil {
		t.Fatalf("backfill: %v\n%s", err, cmd.Stdout)
	}
	c := r.compare(r.settled(begin, nil, nil), r.clock())
	t.Logf("views against the truth after %d kills: %s; %d requests in all", kills, c, r.sim.Stats().Received)
	if !c.clean() || c.rows < yearRows() {
		t.Error("the views differ from the truth")
	}
	if n := r.scalar("SELECT count() FROM flow_revisions"); n != 0 {
		t.Errorf("%d revisions of data that never changed", n)
	}
	if n := r.scalar("SELECT sum(gap_buckets + failed_buckets) FROM flow_coverage"); n != 0 {
		t.Errorf("%d buckets are missing from the ledger", n)
	}
}
