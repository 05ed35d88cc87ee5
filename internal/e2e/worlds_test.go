package e2e

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// worldEnv plays one world alone: 7, or 7-3-5-limits without its events 3 and 5 and without limits of the API. worldsEnv says how many there are,
// or which: 200, or 1000-1200, or 1000-1200-limits.
const (
	worldEnv  = "MNAFLOW_TEST_WORLD"
	worldsEnv = "MNAFLOW_TEST_WORLDS"
	shrinkEnv = "MNAFLOW_TEST_SHRINK" // 0: a world that fails is told of as it is
)

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
	first, last := uint64(1), uint64(4)
	if os.Getenv("MNAFLOW_TEST_FULL") == "1" {
		last = 200
	}
	var less []string
	if text, ok := os.LookupEnv(worldsEnv); ok {
		parts := strings.Split(text, "-")
		last = seedOf(t, parts[0])
		if len(parts) > 1 {
			first, last, less = last, seedOf(t, parts[1]), parts[2:]
		}
	}
	alone, failed := os.Getenv(firstEnv) == "1", false
	var seeds []uint64
	for seed := first; seed <= last; seed++ {
		seeds = append(seeds, seed)
	}
	if _, chosen := os.LookupEnv(worldsEnv); !chosen {
		seeds = append(seeds, failedOnce(last)...)
	}
	for _, seed := range seeds {
		if failed {
			break
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			if !alone {
				t.Parallel()
			}
			w := draw(seed)
			if faults, story := play(t, w.without(less)); len(faults) > 0 {
				left, faults, story := shrink(t, w, less, faults, story)
				t.Errorf("%s\n%s\nagain: %s", strings.Join(faults, "\n"), strings.Join(story, "\n"), repeat(seed, left))
			}
			if alone {
				failed = t.Failed()
			}
		})
	}
}

// failedOnce are the worlds beyond the last one that have failed once, while what is drawn of a seed is the same. They are played each time.
func failedOnce(last uint64) (out []uint64) {
	for seed := range map[uint64]string{
		40: "killed after its facts, and five days later the API does not keep the oldest of them any more: verify told of them for ever",
	} {
		if seed > last {
			out = append(out, seed)
		}
	}
	return out
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
	return fmt.Sprintf("%s=%s go test ./internal/e2e -run 'TestWorlds$' -count=1 -v", worldEnv, strings.Join(append([]string{fmt.Sprint(seed)}, left...), "-"))
}

// shrink leaves out what the world fails without: the events from the last one on, then whole features.
func shrink(t *testing.T, w drawn, left, faults, story []string) ([]string, []string, []string) {
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
			set.MaxSpanHourly, set.MaxSpanDaily, set.RetentionHourly, set.RetentionDaily, set.RetentionByRegion = 0, 0, 0, 0, apisim.Regions{}
		}
		if left("looks") {
			set.Fractional, set.Exponent, set.TimeAsNumber, set.NullEmpty, set.PointBeforeBegin, set.EndInclusive = false, false, false, false, false, false
		}
		if left("late") {
			set.Growth = 0
		}
	}
	for i, e := range w.events {
		if left(strconv.Itoa(i)) || left("limits") && (e.fault.Code == "InvalidParameterValue" || e.fault.Code == "ResponseSizeLimitExceeded") {
			kept.waited += e.after
			continue
		}
		e.after += kept.waited
		kept.waited = 0
		if left("offsets") {
			e.pass.offset, e.other.offset = 0, 0
		}
		kept.events = append(kept.events, e)
	}
	return kept
}
