package e2e

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// daysEnv asks for so many days of hourly passes: MNAFLOW_TEST_DAYS=365 takes about 20 minutes of CPU.
const daysEnv = "MNAFLOW_TEST_DAYS"

// Two regions stay refused while a pass runs every hour. They are asked for a few times a day, in one ledger entry a
// pass at most, so that status and verify stay as quick as they were. Once the API answers, everything is loaded.
func TestRegionsThatStayRefused(t *testing.T) {
	t.Parallel()
	passes := width(10, 240)
	if days, err := strconv.Atoi(os.Getenv(daysEnv)); err == nil {
		passes = 24 * days
	}
	r := newRig(t, start, unlimited(), `
  start: 2026-11-10
  regions: [ALL, AP, EU]
  traffic_types: [total]
  gateway_types: [public]
`)
	refuse(t, r, "AP", "EU")
	r.must("migrate")
	if got := r.do("run"); got.code != 3 {
		t.Fatalf("the first pass: %s", got)
	}
	first := r.sim.Stats().Received
	r.sim.ResetStats()
	for range passes {
		r.advance(time.Hour)
		if got := r.do("run"); got.code != 0 && got.code != 3 {
			t.Fatalf("a pass: %s", got)
		}
	}
	// Of ALL every pass asks for the hours, and two a day for the days. Each of the four refused series is asked for
	// seven times a day, and a few times more on the first.
	days := passes/24 + 1
	most := passes + days*(2+4*7) + 8
	if got := r.sim.Stats().Received; got > most {
		t.Errorf("%d passes sent %d requests, want at most %d", passes, got, most)
	}
	entries := r.scalar(`SELECT max(n) FROM
		(SELECT count() AS n FROM extractions WHERE access_region != 'ALL' GROUP BY run_id, access_region, granularity)
		WHERE n > 0`)
	t.Logf("the first pass sent %d requests, %d later ones %d; at most %d ledger entries a pass and series",
		first, passes, r.sim.Stats().Received, entries)
	begun := time.Now()
	if got := r.do("status"); got.code != 3 {
		t.Errorf("status with two regions refused: %s", got)
	}
	status := time.Since(begun)
	if got := r.do("verify"); got.code != 6 {
		t.Errorf("verify with two regions refused: %s", got)
	}
	t.Logf("status took %s, verify %s, of %d attempts", status.Round(time.Millisecond),
		(time.Since(begun) - status).Round(time.Millisecond), r.scalar("SELECT count() FROM extractions"))
	r.sim.ClearFaults()
	r.advance(25 * time.Hour)
	r.must("run")
	r.must("status")
	r.must("verify")
	if n := r.scalar("SELECT sum(failed_buckets + unavailable_buckets) FROM flow_coverage"); n != 0 {
		t.Errorf("%d buckets are still failed or unavailable in the end", n)
	}
}

// refuse makes the API refuse every request for some regions.
func refuse(t *testing.T, r *rig, regions ...string) {
	t.Helper()
	for _, region := range regions {
		fault := apisim.Fault{Code: "InvalidParameterValue", Match: apisim.Match{Region: region}}
		if err := r.sim.AddFaults(fault); err != nil {
			t.Fatal(err)
		}
	}
}
