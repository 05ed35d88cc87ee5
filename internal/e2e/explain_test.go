package e2e

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

var ids = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// The story of an hour that was restated, retracted, and asked for in vain.
func TestExplain(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	const hour = "2026-11-17T03:00:00Z"
	explain := []string{
		"explain", "--region", "MC", "--traffic-type", "total", "--gateway-type", "public",
		"--hour", "2026-11-17T03:20:00Z",
	}
	before := r.must(explain...)
	if !strings.Contains(before.stdout, "not covered") ||
		!strings.Contains(before.stdout, "none yet: run mnaflow verify") {
		t.Errorf("before any load: %s", before)
	}
	set := func(bytes uint64) {
		r.restate(hour, apisim.Restatement{Set: &bytes})
		r.advance(time.Hour)
	}
	set(500)
	r.must("run")
	set(700)
	r.must("run")
	r.restate(hour, apisim.Restatement{Remove: true})
	r.advance(time.Hour)
	r.must("run")
	if err := r.sim.AddFaults(apisim.Fault{
		Code:    "InvalidParameter",
		Message: "in vain",
		Match:   apisim.Match{Region: "MC", Gateway: "public", Granularity: "hourly"},
	}); err != nil {
		t.Fatal(err)
	}
	r.advance(time.Hour)
	r.do("run")
	r.do("verify") // finds the failure
	// Which checks of what is stored there are is not for this test to say.
	ofStorage := regexp.MustCompile(`(?m)^  passed storage: .*\n(  \S+\n)?`)
	got := ofStorage.ReplaceAllString(ids.ReplaceAllString(r.must(explain...).stdout, "ID"), "")
	if diff := cmp.Diff(lines(`main/hourly/MC/public/total
2026-11-17 03:00Z to 2026-11-17 04:00Z
absent: covered, and the API reported no traffic, preliminary: requested again
from 2026-11-18 13:20Z on, final from 2026-11-22 16:00Z on

values:
  2026-11-18 10:50Z                  1000  ID
  2026-11-18 11:50Z                  1400  ID
  2026-11-18 12:50Z                absent  ID

requested:
  2026-11-18 10:50Z  accepted              ID
  2026-11-18 11:50Z  accepted              ID
  2026-11-18 12:50Z  accepted              ID
  2026-11-18 13:50Z  failed                ID
    asking for [2026-11-12T16:00Z, 2026-11-18T13:00Z) of
    main/hourly/MC/public/total: the API answered InvalidParameter: in vain
    (request id ID)

checks:
  skipped directions: uplink + downlink = total; the configuration does not
  extract uplink, downlink
  skipped regions: MC + AP + EU + AM = ALL; the configuration does not extract
  AP, EU, AM
  pending days: the hours of a day = the day; not all hours are final, and
  values may still move
  passed answers: answers with another checksum = 0; a later restatement
  explains the difference
  passed answers: the buckets with a value = those of the answer; a later
  restatement explains the difference
  passed answers: the largest that is stored = MaxValue of the answer
  passed answers: what is stored = TotalValue of the answer; a later restatement
  explains the difference`), lines(got)); diff != "" {
		t.Errorf("the story (-want +got):\n%s", diff)
	}
	var story struct {
		Meaning string `json:"meaning"`
		Values  []struct {
			Bytes *uint64 `json:"bytes"`
		} `json:"values"`
		Attempts []struct {
			State string `json:"state"`
		} `json:"attempts"`
		Checks []any `json:"checks"`
	}
	if err := json.Unmarshal([]byte(r.must(append(explain, "--output", "json")...).stdout), &story); err != nil {
		t.Fatal(err)
	}
	if len(story.Values) != 3 || story.Values[2].Bytes != nil || len(story.Attempts) != 4 || len(story.Checks) == 0 {
		t.Errorf("as JSON: %+v", story)
	}
}
