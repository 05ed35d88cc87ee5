//go:build linux

package e2e

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// kill runs a command that is to die and returns whether it did.
func (r *rig) kill(ctx context.Context, spec childSpec) bool {
	r.t.Helper()
	cmd, out := r.spawn(ctx, spec)
	err := cmd.Run()
	if err != nil && !killed(cmd) {
		r.t.Fatalf("%v: %v\n%s", spec.Args, err, out)
	}
	return err != nil
}

// A pass that is killed at a named point, a backfill or a run over data that have changed, is completed by the next
// one.
func TestKilledAtNamedPoints(t *testing.T) {
	t.Parallel()
	for _, p := range []struct {
		point string
		later int // an arrival after the first one
	}{
		{"before request", 3}, {"after answer", 3},
		{"before compare", 2}, {"after compare", 2},
		{"before history", 2}, {"after history", 2},
		{"before facts", 2}, {"after facts", 2},
		{"before ledger", 2}, {"after ledger", 2},
		{"before run_states", 2}, {"after run_states", 2},
	} {
		// Between an effect and the next one nothing changes, so usually it is enough to be killed after each.
		if before := strings.HasPrefix(p.point, "before "); before && p.point != "before request" && !fullWidth() {
			continue
		}
		t.Run(p.point, func(t *testing.T) {
			t.Parallel()
			c := newLong(t)
			random := rand.New(rand.NewPCG(1, uint64(p.later)))
			type step struct {
				args    []string
				arrival int
			}
			steps := []step{{backfillLong, 1}, {[]string{"run"}, p.later}}
			if fullWidth() {
				steps = append(steps, step{[]string{"run"}, 1}, step{forceLong, p.later})
			}
			mismatches := 0
			for i, s := range steps {
				if i > 0 {
					c.later(random)
				}
				c.observe()
				if !c.kill(t.Context(), childSpec{Args: s.args, Point: p.point, Arrival: s.arrival}) {
					t.Errorf("%v does not come to %q for the %d. time", s.args, p.point, s.arrival)
				}
				c.must("run")
				mismatches += c.check(fmt.Sprintf("%v killed %s for the %d. time", s.args, p.point, s.arrival))
			}
			t.Logf("%-16s | %d kills | %d mismatches", p.point, len(steps), mismatches)
		})
	}
}

// The first pass of an installation also writes down the configuration, and learns the API's limits.
func TestKilledInTheFirstPass(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"series", "days", "limits"} {
		for _, point := range []string{"before " + table, "after " + table} {
			t.Run(point, func(t *testing.T) {
				t.Parallel()
				settings := unlimited()
				settings.MaxSpanHourly = days(7)
				c := &chronicle{rig: newRig(t, start, settings, few)}
				c.must("migrate")
				if !c.kill(t.Context(), childSpec{Args: []string{"run"}, Point: point, Arrival: 1}) {
					t.Errorf("a first run does not come to %q", point)
				}
				c.must("run")
				c.rig.check(start)
				if n := c.sent("run"); n != 0 {
					t.Errorf("the ledger lacks what %d requests brought", n)
				}
			})
		}
	}
}

// A pass that brings what is stored into another zone is completed by the next one, wherever it is killed.
func TestKilledWhileTheZoneIsChanged(t *testing.T) {
	t.Parallel()
	z := newZoned(t, "Asia/Shanghai")
	steps := []struct {
		zone    string // whose clock never changes
		point   string
		arrival int
	}{
		{"Asia/Tokyo", "before series", 1},
		{"Asia/Kolkata", "after days", 1},
		{"Asia/Dubai", "after history", 1}, // the hours of history lie on new dates, those of facts do not
		{"Asia/Bangkok", "before facts", 1},
		{"Africa/Lagos", "after facts", 1},
		{"Africa/Algiers", "before facts", 2}, // the same days, which are not asked for again
		{"America/Bogota", "before history", 2},
		{"Pacific/Honolulu", "after ledger", 1},
	}
	for _, s := range width(steps[2:5], steps) {
		z.move(s.zone)
		if !z.kill(t.Context(), childSpec{Args: []string{"run"}, Point: s.point, Arrival: s.arrival}) {
			t.Errorf("the run after the move to %s does not come to %q for the %d. time", s.zone, s.point, s.arrival)
		}
		// nothing of the old zone is left to go by, but what is still to be done
		z.exec("OPTIMIZE TABLE history FINAL", "OPTIMIZE TABLE facts FINAL")
		z.must("run")
		z.whole(fmt.Sprintf("moved to %s, killed %s for the %d. time", s.zone, s.point, s.arrival))
	}
}

// A migration that is killed after some of its files is completed by the next one.
func TestKilledMigrations(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	kills := 0
	for _, files := range []int64{0, 1, 7, 12, 18} {
		cmd, out := r.spawn(t.Context(), childSpec{Args: []string{"migrate"}})
		ended := begin(t, cmd)
		for applied, over := int64(-1), false; applied < files && !over; {
			// there is no such table at first
			_ = r.conn.QueryRow(t.Context(), "SELECT max(version) FROM schema_migrations").Scan(&applied)
			select {
			case <-ended:
				over = true
			default:
			}
		}
		_ = cmd.Process.Kill()
		<-ended
		switch {
		case killed(cmd):
			kills++
		case !cmd.ProcessState.Success():
			t.Errorf("%v: %s", cmd.ProcessState, out)
		}
	}
	t.Logf("%d migrations were killed", kills)
	if kills < 3 {
		t.Errorf("only %d migrations were killed", kills)
	}
	r.must("migrate")
	r.must("run")
	r.check(start)
}

// Wherever a pass is killed, at a named point or at any other moment, once or several times, the next one completes it.
func TestKilledAtRandom(t *testing.T) {
	t.Parallel()
	const installations = 2
	kills := width(installations, 200)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	var mu sync.Mutex
	at, mismatches := map[string]int{}, 0
	t.Run("all", func(t *testing.T) { // returns when its parallel subtests have
		for i := range installations {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				c := newLong(t)
				random := rand.New(rand.NewPCG(seed, uint64(i)))
				for n := 0; n < kills/installations; {
					if c.seen != nil {
						c.later(random)
					}
					c.observe()
					var story []string
					for range 1 + random.IntN(3) {
						where := c.killSomewhere(random)
						if where == "" {
							break // it was done before it could be killed
						}
						story = append(story, where)
					}
					c.must("run")
					wrong := c.check(strings.Join(story, ", then "))
					mu.Lock()
					for _, where := range story {
						at[where]++
					}
					mismatches += wrong
					mu.Unlock()
					n += len(story)
				}
			})
		}
	})
	total := 0
	for _, where := range slices.Sorted(maps.Keys(at)) {
		t.Logf("%3d kills %s", at[where], where)
		total += at[where]
	}
	t.Logf("%3d kills in all, %d mismatches", total, mismatches)
}

// killSomewhere kills a pass and says where; empty if it ended before.
func (c *chronicle) killSomewhere(random *rand.Rand) string {
	c.t.Helper()
	spec := childSpec{Args: [][]string{{"run"}, backfillLong, forceLong}[random.IntN(3)]}
	if random.IntN(2) == 0 {
		if !c.killAtRandom(spec, random) {
			return ""
		}
		return "at a random moment"
	}
	spec.Point, spec.Arrival = points()[random.IntN(len(points()))], 1+random.IntN(2)
	if !c.kill(c.t.Context(), spec) {
		return ""
	}
	return spec.Point
}

// killAtRandom kills a command within the time that it usually takes.
func (c *chronicle) killAtRandom(spec childSpec, random *rand.Rand) bool {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Duration(random.Int64N(int64(600*time.Millisecond))))
	defer cancel()
	return c.kill(ctx, spec)
}
