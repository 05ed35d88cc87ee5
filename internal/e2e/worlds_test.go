package e2e

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// worldEnv plays one world alone: 7, or 7-3-5-limits without its events 3 and 5 and without limits of the API.
// worldsEnv says how many there are, or which: 200, or 1000-1200, or 17,1-200.
const (
	worldEnv  = "MNAFLOW_TEST_WORLD"
	worldsEnv = "MNAFLOW_TEST_WORLDS"
	shrinkEnv = "MNAFLOW_TEST_SHRINK" // 0: a world that fails is told of as it is
)

// played is for how long worlds begin where nothing says how many.
const played = 20 * time.Second

// failedOnce are worlds that have failed, while what is drawn of a seed is the same. They are played first.
func failedOnce() map[uint64]string {
	return map[uint64]string{
		5: "a pass of a warehouse whose clock was ahead: what verify advised removed values that the API did not keep " +
			"any more",
		19: "nothing was stored before a clock was ahead: each table was dated back by another amount",
		59: "a load was killed after its facts, and the configuration dropped their region: nobody could do what verify " +
			"advised",
		68: "two clocks were ahead, the second one by much more: dating back brought distinct moments together",
		21: "a bucket was removed while answers lacked much: no part of the halved window is believed until an operator " +
			"accepts it",
		40: "killed after its facts, and five days later the API does not keep the oldest of them any more: verify told " +
			"of them for ever",
		92: "two runs beside each other, the clock of one 3m38s off: verify took them for one after the other",
	}
}

// TestWorlds plays worlds, each of which is made by its seed.
func TestWorlds(t *testing.T) {
	if text, ok := os.LookupEnv(worldEnv); ok {
		parts := strings.Split(text, "-")
		faults, story := play(t, draw(seedOf(t, parts[0])).without(parts[1:]))
		t.Logf("%s", strings.Join(story, "\n"))
		for _, f := range faults {
			t.Error(f)
		}
		return
	}
	seeds := slices.Sorted(maps.Keys(failedOnce()))
	text, chosen := os.LookupEnv(worldsEnv)
	if chosen {
		seeds = nil
	}
	for part := range strings.SplitSeq(cmp.Or(text, "200"), ",") {
		first, last, ok := strings.Cut(part, "-")
		if !ok {
			first, last = "1", part
		}
		for seed := seedOf(t, first); seed <= seedOf(t, last); seed++ {
			if !slices.Contains(seeds, seed) {
				seeds = append(seeds, seed)
			}
		}
	}
	alone, all := os.Getenv(firstEnv) == "1", chosen || os.Getenv("MNAFLOW_TEST_FULL") == "1"
	some := len(seeds)
	if alone {
		some = 1
	} else if !all {
		some = runtime.GOMAXPROCS(0)
	}
	started := time.Now()
	for seeds := range slices.Chunk(seeds, some) {
		if alone && t.Failed() || !all && time.Since(started) > played {
			break
		}
		t.Run("some", func(t *testing.T) {
			for _, seed := range seeds {
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					t.Parallel()
					world(t, seed)
				})
			}
		})
	}
}

// world plays one, and tells of it where it fails.
func world(t *testing.T, seed uint64) {
	t.Helper()
	w := draw(seed)
	if faults, story := play(t, w); len(faults) > 0 {
		left, faults, story := shrink(t, w, faults, story)
		t.Errorf("%s\n%s\nagain: %s", strings.Join(faults, "\n"), strings.Join(story, "\n"), repeat(seed, left))
	}
}

func seedOf(t *testing.T, text string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// repeat is the command that plays a world again.
func repeat(seed uint64, left []string) string {
	return fmt.Sprintf("%s=%s go test ./internal/e2e -run 'TestWorlds$' -count=1 -v",
		worldEnv, strings.Join(append([]string{fmt.Sprint(seed)}, left...), "-"))
}

// shrink leaves out what the world fails without: the events from the last one on, then whole features.
func shrink(t *testing.T, w drawn, faults, story []string) (left, _, _ []string) {
	t.Helper()
	if os.Getenv(shrinkEnv) == "0" {
		return left, faults, story
	}
	var parts []string
	for i := range slices.Backward(w.events) {
		parts = append(parts, strconv.Itoa(i))
	}
	for _, part := range append(parts, features()...) {
		less := append(slices.Clone(left), part)
		if f, told := play(t, w.without(less)); len(f) > 0 {
			left, faults, story = less, f, told
		}
	}
	return left, faults, story
}

// features are what a world can do without.
func features() []string { return []string{"limits", "looks", "late", "offsets", "profile"} }

// without leaves out some events, by their number, and features.
func (w drawn) without(parts []string) drawn {
	kept := w
	kept.events, kept.accounts = nil, slices.Clone(w.accounts)
	left := func(part string) bool { return slices.Contains(parts, part) }
	if left("profile") {
		kept.profile = nil
	}
	for i := range kept.accounts {
		set := &kept.accounts[i].settings
		if left("limits") {
			set.MaxSpanHourly, set.MaxSpanDaily = 0, 0
			set.RetentionHourly, set.RetentionDaily, set.RetentionByRegion = 0, 0, apisim.Regions{}
		}
		if left("looks") {
			set.Fractional, set.Exponent, set.TimeAsNumber = false, false, false
			set.NullEmpty, set.PointBeforeBegin, set.EndInclusive = false, false, false
		}
		if left("late") {
			set.Growth = 0
		}
	}
	for i, e := range w.events {
		if left(strconv.Itoa(i)) || left("limits") &&
			(e.fault.Code == "InvalidParameterValue" || e.fault.Code == "ResponseSizeLimitExceeded") {
			kept.waited += e.after
			continue
		}
		e.after += kept.waited
		kept.waited = 0
		if left("offsets") {
			e.pass.offset, e.others = 0, slices.Clone(e.others)
			for i := range e.others {
				e.others[i].pass.offset = 0
			}
		}
		kept.events = append(kept.events, e)
	}
	return kept
}
