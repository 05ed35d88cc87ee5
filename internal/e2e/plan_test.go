package e2e

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/cli"
	"github.com/mnaflow/mnaflow/internal/report"
)

// What run sends is exactly what plan said, in each situation.
func TestRunSendsWhatPlanSaid(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	planned := func(args ...string) (requests int, due map[string]int) {
		t.Helper()
		var plan []cli.Planned
		got := r.must(append([]string{"plan", "--output", "json"}, args...)...)
		if err := json.Unmarshal([]byte(got.stdout), &plan); err != nil {
			t.Fatal(err)
		}
		due = map[string]int{}
		for _, p := range plan {
			requests += p.Requests
			for why, n := range p.Due {
				due[why] += n
			}
		}
		return requests, due
	}
	for _, s := range []struct {
		name    string
		prepare func()
		args    []string // of plan, and of backfill where there are any
		why     string
	}{
		{"nothing loaded yet", func() {}, nil, "never requested"},
		{"nothing due", func() {}, nil, ""},
		{"the last days are not final", func() { r.advance(12 * time.Hour) }, nil, "not final"},
		{"windows that failed", func() {
			r.advance(13 * time.Hour)
			// An outage of one region: of what the API refuses or answers with nonsense, plan counts the one question
			// that comes first.
			fault := apisim.Fault{Code: "InternalError", Match: apisim.Match{Granularity: "hourly", Region: "MC"}}
			if err := r.sim.AddFaults(fault); err != nil {
				t.Fatal(err)
			}
			r.wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
			if got := r.do("run"); got.code != 3 {
				t.Fatalf("want exit 3: %s", got)
			}
			r.wait = nil
			r.sim.ClearFaults()
		}, nil, "failed"},
		{"a region that was added", func() { r.edit("[ALL, MC]", "[ALL, MC, EU]") }, nil, "never requested"},
		{"an earlier start", func() { r.edit("2026-11-01", "2026-10-20") }, nil, "gap"},
		{"a range", func() { r.advance(12 * time.Hour) }, []string{"--from", "-2d", "--region", "MC"}, "not final"},
	} {
		s.prepare()
		want, due := planned(s.args...)
		command := []string{"run"}
		if s.args != nil {
			command = append([]string{"backfill"}, s.args...)
		}
		got := r.sent(command...)
		t.Logf("%-30s plan said %2d requests %v, %s sent %d", s.name, want, due, command[0], got)
		if got != want {
			t.Errorf("%s: plan said %d requests, %s sent %d", s.name, want, command[0], got)
		}
		if (want == 0) != (s.why == "") || s.why != "" && due[s.why] == 0 {
			t.Errorf("%s: %v, want some that are due because: %s", s.name, due, s.why)
		}
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	// The views go by the server's clock, so this test's clock does too.
	now := time.Now().UTC()
	r := newRig(t, now, unlimited(),
		"  start: "+now.AddDate(0, 0, -3).Format(time.DateOnly)+
			"\n  regions: [MC]\n  traffic_types: [total]\n  gateway_types: [public]\n  granularities: [hourly]\n")
	r.must("migrate")
	if got := r.do("status"); got.code != 3 {
		t.Errorf("nothing loaded: want exit 3: %s", got)
	} else {
		mention(t, got.stdout, "nothing has been loaded yet")
	}
	r.must("run")
	got := r.must("status")
	mention(t, got.stdout, "All is as promised.", "100.0 %", "done",
		"restatements of the last 90 days:\n"+
			"  main hourly\n    none seen so far; no day has been watched until it was final\n")
	narrow(t, got.stdout)
	// An earlier start is a gap; a request for it that fails is a failure with its reason and request id.
	r.edit(now.AddDate(0, 0, -3).Format(time.DateOnly), now.AddDate(0, 0, -5).Format(time.DateOnly))
	if err := r.sim.AddFaults(apisim.Fault{Kind: "negative"}); err != nil {
		t.Fatal(err)
	}
	if got := r.do("run"); got.code != 3 {
		t.Errorf("want exit 3: %s", got)
	}
	if got := r.do("status"); got.code != 3 {
		t.Errorf("a failed window: want exit 3: %s", got)
	} else {
		mention(t, got.stdout, "48 buckets failed", "negative", "request id", "partial")
		narrow(t, got.stdout)
	}
	s := r.status()
	if len(s.Problems) != 1 || len(s.Coverage) != 1 || s.Coverage[0].Failed != 48 || len(s.Gaps) != 1 {
		t.Errorf("the JSON says something else: %+v", s)
	}
}

// status is what the command prints for scripts, whatever it thinks of it.
func (r *rig) status() (s report.Status) {
	r.t.Helper()
	got := r.do("status", "--output", "json")
	if err := json.Unmarshal([]byte(got.stdout), &s); err != nil {
		r.t.Fatalf("%v: %s", err, got)
	}
	return s
}

// An account that answers nothing for what it no longer keeps shows as a long empty head.
func TestStatusOfALongEmptyHead(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	settings := unlimited()
	settings.RetentionHourly, settings.RetentionMode = days(10), apisim.RetentionEmpty
	r := newRig(t, now, settings,
		"  start: "+now.AddDate(0, 0, -25).Format(time.DateOnly)+
			"\n  regions: [ALL]\n  traffic_types: [total]\n  gateway_types: [public]\n  granularities: [hourly]\n")
	r.must("migrate")
	r.must("run")
	got := r.must("status")
	mention(t, got.stdout,
		"hint: main hourly: no value before "+
			now.AddDate(0, 0, -10).Add(time.Hour).Truncate(time.Hour).Format(time.DateOnly))
	narrow(t, got.stdout)
}

// narrow fails where a line does not fit into 80 columns.
func narrow(t *testing.T, text string) {
	t.Helper()
	for i, line := range lines(text) {
		if n := len([]rune(line)); n > 80 {
			t.Errorf("line %d has %d columns:\n%s", i+1, n, line)
		}
	}
}
