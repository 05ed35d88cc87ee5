//go:build linux

package e2e

import (
	"bytes"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/cli"
)

func newOne(t *testing.T) *chronicle {
	t.Helper()
	settings := unlimited()
	settings.Growth = 0
	c := &chronicle{
		rig: newRig(t, start, settings, one), begin: time.Date(2026, 11, 9, 16, 0, 0, 0, time.UTC), regions: []string{"MC"},
		series: apisim.Query{Granularity: "hourly", Gateway: "public"},
	}
	c.must("migrate")
	return c
}

// newFew has hours and days, public and private, that grow for three days.
func newFew(t *testing.T) *chronicle {
	t.Helper()
	c := &chronicle{rig: newRig(t, start, unlimited(), few), begin: first, regions: []string{"ALL", "MC"}}
	c.must("migrate")
	return c
}

// The hour that faults change, two days before start; and what becomes of it.
var changedHour = time.Date(2026, 11, 16, 5, 0, 0, 0, time.UTC)

var (
	doubled = apisim.Restatement{Factor: &apisim.Ratio{Num: 2, Den: 1}}
	removed = apisim.Restatement{Remove: true}
	natural = apisim.Restatement{Restore: true}
)

// change lets the time pass after which hours are asked for again, and changes one of them.
func (c *chronicle) change(hour time.Time, change apisim.Restatement) {
	c.t.Helper()
	c.advance(31 * time.Minute)
	change.Begin, change.End, change.At = hour, hour.Add(time.Hour), c.clock()
	change.Region, change.Gateway = "MC", "public"
	if err := c.sim.Restate(change); err != nil {
		c.t.Fatal(err)
	}
}

// pass runs a command that succeeds and sees the truth of this moment.
func (c *chronicle) pass(args ...string) {
	c.t.Helper()
	c.observe()
	if got := c.start("", args...)(); got.code != 0 {
		c.t.Fatalf("%v: %s", args, got)
	}
}

// start starts a command that sees the truth of this moment, and waits for it to come to a point, empty for its start.
// The returned function lets it go on and waits for its end.
func (c *chronicle) start(point string, args ...string) (end func() result) {
	c.t.Helper()
	var stdout, stderr bytes.Buffer
	var once sync.Once
	there, on, ended := make(chan struct{}), make(chan struct{}), make(chan result, 1)
	skew := c.skew
	w := cli.World{
		Args: append([]string{"--config", c.config}, args...), Env: c.env, Stdout: &stdout, Stderr: &stderr,
		Now: func() time.Time { return c.clock().Add(skew) },
		Trace: reaching(func(p string) {
			if p == point {
				once.Do(func() { close(there); <-on })
			}
		}),
	}
	go func() {
		code := cli.Run(c.t.Context(), w)
		ended <- result{code, stdout.String(), stderr.String()}
	}()
	if point == "" {
		close(there)
	}
	select {
	case <-there:
	case got := <-ended:
		c.t.Fatalf("%v does not come to %q: %s", args, point, got)
	}
	return func() result { close(on); return <-ended }
}

// late is where a pass may be overtaken that has got its answer, and dying where it may be killed: one point of each
// state of the warehouse.
var (
	late  = []string{"after answer", "after compare", "after history", "after facts"}
	dying = append(slices.Clone(late), "after ledger")
)

// overtaken has a pass see first, and another one see then what it wrote before the first one went on, which was at a
// point.
func (c *chronicle) overtaken(point string, hour time.Time, first, then apisim.Restatement) {
	c.t.Helper()
	c.change(hour, first)
	c.observe()
	end := c.start(point, "run")
	c.change(hour, then)
	c.pass("run")
	if got := end(); got.code != 0 {
		c.t.Errorf("the pass that was overtaken %s: %s", point, got)
	}
	c.check("overtaken " + point)
}

// The process's faults: what each leaves equals the truth, row by row and revision by revision, as if one thing had
// happened after the other.
func TestProcessFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range []struct {
		name string
		new  func(*testing.T) *chronicle
		do   func(c *chronicle)
	}{
		{"two runs at the same time", newFew, func(c *chronicle) {
			c.pass("run")
			c.atOnce([]string{"run"}, []string{"run"})
		}},
		{"a backfill --force beside a run", newFew, func(c *chronicle) {
			c.pass("run")
			c.atOnce([]string{"run"}, []string{"backfill", "--from", "2026-11-01", "--force"})
		}},
		{"a run beside the first backfill", newFew, func(c *chronicle) {
			c.atOnce([]string{"backfill", "--from", "2026-11-01"}, []string{"run"})
		}},
		{"two writers, the later request written first", newOne, func(c *chronicle) {
			c.pass("run")
			for _, point := range sample(2, late) {
				c.overtaken(point, changedHour, doubled, natural)
			}
		}},
		{"three values, the second one written last", newOne, func(c *chronicle) {
			c.pass("run")
			for i, point := range sample(2, late) {
				c.overtaken(point, changedHour.Add(time.Duration(i)*time.Hour), doubled, doubled)
			}
		}},
		{"a stale answer lacks a bucket", newOne, func(c *chronicle) {
			c.pass("run")
			for _, point := range sample(2, late) {
				c.overtaken(point, changedHour, removed, natural)
			}
		}},
		{"a stale answer lacks a bucket that is new", newOne, func(c *chronicle) {
			c.pass("run")
			for _, point := range sample(2, late) {
				c.advance(time.Hour)
				c.overtaken(point, c.clock().Truncate(time.Hour).Add(-time.Hour), removed, natural)
			}
		}},
		{"the clock jumps back an hour", newOne, func(c *chronicle) {
			c.pass("run")
			c.skew = -time.Hour
			c.change(changedHour, doubled)
			c.pass("backfill", "--from", "2026-11-10", "--force")
			c.check("while the clock is wrong")
			c.skew = 0
			c.change(changedHour, natural)
			c.pass("run")
		}},
		{"the clock was a year ahead, and is set right", newOne, func(c *chronicle) {
			c.pass("run")
			c.skew = 365 * 24 * time.Hour
			c.change(changedHour, doubled)
			if err := c.sim.AddFaults(apisim.Fault{Code: "AuthFailure.SignatureExpire"}); err != nil {
				c.t.Fatal(err)
			}
			if got := c.start("", "run")(); got.code != 4 {
				c.t.Errorf("with a wrong clock: %s", got)
			}
			c.sim.ClearFaults()
			c.skew = 0
			c.change(changedHour.Add(time.Hour), doubled)
			c.pass("run")
		}},
		{"two machines' clocks differ by three minutes", newOne, func(c *chronicle) {
			for i, change := range []apisim.Restatement{natural, doubled, natural, removed, doubled, natural} {
				c.skew = time.Duration(i%2) * 3 * time.Minute
				c.change(changedHour, change)
				c.pass("backfill", "--from", "2026-11-10", "--force")
				c.skew = 3*time.Minute - c.skew
				c.advance(-30 * time.Minute)
				// a minute later by the simulator's clock, and two earlier or four later by the program's
				c.change(changedHour, doubled)
				c.pass("backfill", "--from", "2026-11-10", "--force")
			}
		}},
		{"A to B to A", newOne, func(c *chronicle) {
			c.pass("run")
			c.change(changedHour, doubled)
			c.pass("run")
			c.change(changedHour, natural)
			c.pass("run")
		}},
		{"A to B to A, killed when it sees B", newOne, func(c *chronicle) {
			c.pass("run")
			kept := false // what was seen is in history
			for _, point := range dying {
				kept = kept || point == "after history"
				c.change(changedHour, doubled)
				if kept {
					c.observe()
				}
				c.mustDie(point)
				c.change(changedHour, natural)
				c.pass("run")
				c.check("killed " + point)
			}
		}},
		{"A to B to A, killed when it sees A again", newOne, func(c *chronicle) {
			c.pass("run")
			for _, point := range dying {
				c.change(changedHour, doubled)
				c.pass("run")
				c.change(changedHour, natural)
				c.observe()
				c.mustDie(point)
				c.must("run")
				c.check("killed " + point)
			}
		}},
		{"a region is taken out and put back", newFew, func(c *chronicle) {
			c.pass("run")
			c.edit("[ALL, MC]", "[ALL]")
			c.regions = []string{"ALL"}
			c.advance(25 * time.Hour)
			c.pass("run")
			c.check("while it is out")
			c.edit("[ALL]", "[ALL, MC]")
			c.regions = []string{"ALL", "MC"}
			c.advance(25 * time.Hour)
			c.pass("run")
		}},
		{"a region is added", newFew, func(c *chronicle) {
			c.pass("run")
			c.edit("[ALL, MC]", "[ALL, MC, EU]")
			c.regions = []string{"ALL", "MC", "EU"}
			c.advance(25 * time.Hour)
			c.pass("run")
		}},
	} {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			c := fault.new(t)
			fault.do(c)
			outcome := "as the truth"
			if c.check(fault.name); t.Failed() {
				outcome = "DIFFERENT"
			}
			t.Logf("%-46s | %5d rows, %3d revisions, the ledger | %s", fault.name, c.rows, c.revisions, outcome)
		})
	}
}

// A clock that is set back while a run goes on does not leave it running for ever, and moves nothing that it asks for
// after that.
func TestTheClockJumpsBackDuringARun(t *testing.T) {
	t.Parallel()
	c := newOne(t)
	c.observe()
	end := c.start("before facts", "run")
	c.advance(-time.Hour)
	if got := end(); got.code != 0 {
		t.Fatal(got)
	}
	if n := c.scalar("SELECT countIf(state != 'done' OR exit_code != 0) FROM runs"); n != 0 {
		t.Errorf("%d runs are not done", n)
	}
	c.advance(time.Hour)
	c.check("after the jump")
}

// A run that was held up before it asked for anything is no newer than it is: its versions are of the moments at which
// it asked.
func TestARunThatIsHeldUpAtItsStart(t *testing.T) {
	t.Parallel()
	c := newOne(t)
	c.observe()
	end := c.start("before series", "run")
	c.advance(30 * time.Minute)
	if got := end(); got.code != 0 {
		t.Fatal(got)
	}
	if n := c.scalar("SELECT countIf(version > toUnixTimestamp64Micro(now64(6))) FROM ledger"); n != 0 {
		t.Errorf("%d answers are newer than anything another run at the same time can see", n)
	}
}

// atOnce runs two commands at the same time, a day later.
func (c *chronicle) atOnce(commands ...[]string) {
	c.t.Helper()
	c.advance(25 * time.Hour)
	c.observe()
	var all sync.WaitGroup
	for _, args := range commands {
		all.Go(func() {
			if got := c.do(args...); got.code != 0 {
				c.t.Errorf("%v: %s", args, got)
			}
		})
	}
	all.Wait()
}

// mustDie kills a run at a point.
func (c *chronicle) mustDie(point string) {
	c.t.Helper()
	if !c.kill(c.t.Context(), childSpec{Args: []string{"run"}, Point: point, Arrival: 1}) {
		c.t.Errorf("a run does not come to %q", point)
	}
}
