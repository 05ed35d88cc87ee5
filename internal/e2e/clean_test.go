//go:build linux

package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// A clean history raises no alarm, whatever the API restated meanwhile, however quiet it is, and whatever the operator
// did: a region added, another finality, another time zone, a forced reload, a run killed.
func TestVerifyRaisesNoFalseAlarm(t *testing.T) {
	t.Parallel()
	loads := width[uint64](1, 20)
	alarms := 0
	for seed := range loads {
		t.Run(fmt.Sprintf("load %d", seed+1), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 7))
			r := newRig(t, start, unlimited(),
				"  start: 2026-11-08\n  regions: [ALL, MC, AP, EU]\n  gateway_types: [public]\n  finality: 4d\n"+
					"  refresh: {hourly: 1h, daily: 1h}\n  max_window: {hourly: 4d, daily: 30d}")
			r.edit("requests_per_second: 20", "requests_per_second: 20, time_zone: Asia/Shanghai")
			r.must("migrate")
			r.must("run")
			for i := range 2 + random.IntN(2) {
				r.restateSome(random)
				r.advance(time.Duration(1+random.IntN(40)) * time.Hour)
				if event := int(seed) + i; seed == 0 {
					for also := 2 * i; also < min(2*i+2, 5); also++ {
						r.disturb(also, random)
					}
				} else {
					r.disturb(event, random)
				}
				r.do("run") // it may find that too much is gone
			}
			if random.IntN(2) == 0 {
				r.do("backfill", "--from", "2026-11-08", "--to", "2026-11-12", "--force")
			}
			r.advance(time.Hour)
			got := r.do("run")
			v, code := r.verify()
			t.Logf("load %d: exit %d, %d revisions: %v", seed+1, code, r.scalar("SELECT count() FROM flow_revisions"), v.Checks)
			failed := slices.DeleteFunc(sayings(v.Failed), func(s string) bool {
				return got.code == 3 && strings.HasPrefix(s, "coverage")
			})
			alarms += len(failed)
			if len(failed) > 0 {
				t.Errorf("false alarms:\n%s", strings.Join(failed, "\n"))
			}
		})
	}
	t.Logf("%d loads, %d false alarms", loads, alarms)
}

// restateSome changes some hours of the last two days: it removes them, lets them be quiet, or multiplies them. None is
// final, even with the shortest finality that disturb sets. What the API restates later, verify is to find: a series that
// is loaded again has the new values, and the sum that it belongs to has the old ones.
func (r *rig) restateSome(random *rand.Rand) {
	r.t.Helper()
	for range random.IntN(12) {
		begin := r.clock().Add(-time.Duration(random.IntN(48)) * time.Hour).Truncate(time.Hour)
		change := apisim.Restatement{
			Region:    []string{"", "MC", "AP", "EU", "AM"}[random.IntN(5)],
			Direction: []string{"", "uplink", "downlink"}[random.IntN(3)],
			Begin:     begin,
			End:       begin.Add(time.Duration(1+random.IntN(2)) * time.Hour),
			At:        r.clock(),
		}
		switch random.IntN(4) {
		case 0:
			change.Remove = true
		case 1:
			quiet := uint64(0)
			change.Set = &quiet
		default:
			change.Factor = &apisim.Ratio{Num: uint64(1 + random.IntN(30)), Den: 10}
		}
		if err := r.sim.Restate(change); err != nil {
			r.t.Fatal(err)
		}
	}
}

// disturb does one of the things that operators do; each may be done once.
func (r *rig) disturb(event int, random *rand.Rand) {
	r.t.Helper()
	switch event % 5 {
	case 0:
		r.edit("regions: [ALL, MC, AP, EU]", "regions: [ALL, MC, AP, EU, AM]")
	case 1:
		point := []string{"after compare", "after history", "after facts", "after ledger", "after run_states"}[random.IntN(5)]
		r.kill(r.t.Context(), childSpec{Args: []string{"run"}, Point: point, Arrival: 1 + random.IntN(2)})
	case 2:
		r.edit("finality: 4d", []string{"finality: 2d", "finality: 7d"}[random.IntN(2)])
	case 3:
		zone := []string{"UTC", "Asia/Tokyo", "America/New_York"}[random.IntN(3)]
		r.edit("time_zone: Asia/Shanghai", "time_zone: "+zone)
		settings := r.sim.Settings()
		settings.DayOffset = apisim.Duration(
			map[string]time.Duration{"UTC": 0, "Asia/Tokyo": 9 * time.Hour, "America/New_York": -5 * time.Hour}[zone])
		if err := r.sim.Configure(settings); err != nil {
			r.t.Fatal(err)
		}
	case 4:
		r.do("backfill", "--from", "2026-11-09", "--force")
	}
}
