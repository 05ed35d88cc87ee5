package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/exit"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/report"
)

// What the configuration at hand asks for and no run has loaded is a gap, to status and to verify, in one line that
// says what to do; with selectors only what is selected is judged; and a run closes it.
func TestJudgedByTheConfigurationAtHand(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	r.must("run")
	for _, change := range []struct{ name, old, replacement, said, figures, elsewhere string }{
		{"a region more", "[ALL, MC]", "[ALL, MC, EU]",
			"the configuration asks for 4 series that no run has loaded yet: mnaflow run", "8 and 12", "--region=MC"},
		{"a direction more", "[total]", "[total, uplink]",
			"the configuration asks for 12 series that no run has loaded yet: mnaflow run", "12 and 24", ""},
		{"an earlier start", "start: 2026-11-01", "start: 2026-10-20",
			"the configuration starts earlier than what is loaded of 24 series, " +
				"such as main/hourly/ALL/public/total from 2026-10-31 16:00Z on: mnaflow run", "0 and 24", ""},
	} {
		r.edit(change.old, change.replacement)
		got := r.do("status", "--output", "json")
		var s report.Status
		if err := json.Unmarshal([]byte(got.stdout), &s); err != nil || got.code != exit.Partial {
			t.Fatalf("%s: %v: %s", change.name, err, got)
		}
		if len(s.Problems) == 0 || s.Problems[0] != change.said {
			t.Errorf("%s: status says %q, want %q first", change.name, s.Problems, change.said)
		}
		v, code := r.verify("--from", "-2d")
		judged := "series loaded as configured = series of the configuration: " + change.figures + ": " + change.said
		if said := strings.Join(sayings(v.Failed), "\n"); code != exit.Mismatch || !strings.Contains(said, judged) {
			t.Errorf("%s: verify ends with %d:\n%s", change.name, code, said)
		}
		if change.elsewhere != "" {
			v, _ := r.verify("--region=EU", "--from", "-2d")
			said := strings.Join(sayings(v.Failed), "\n")
			if !strings.Contains(said, ": 0 and 4: the configuration asks for 4 series") {
				t.Errorf("%s: verify --region=EU counts more than what is selected:\n%s", change.name, said)
			}
			v, _ = r.verify(change.elsewhere, "--from", "-2d")
			if said := strings.Join(sayings(v.Failed), "\n"); strings.Contains(said, "the configuration asks for") {
				t.Errorf("%s: verify %s judges more than what is selected:\n%s", change.name, change.elsewhere, said)
			}
		}
		r.must("run")
	}
	if s := r.status(); strings.Contains(strings.Join(s.Problems, "\n"), "the configuration") {
		t.Errorf("after a run status still says %q", s.Problems)
	}
	r.edit("[ALL, MC, EU]", "[MC]") // what the file does not ask for is not judged
	if s := r.status(); s.Coverage[0].Series != 4 {
		t.Errorf("status judges %d series, want the 4 of the file", s.Coverage[0].Series)
	}
	r.must("run")
	r.edit("[MC]", "[MC, EU]") // what an earlier run has loaded is judged, though the last one did not ask for it
	if s := r.status(); s.Coverage[0].Series != 8 ||
		strings.Contains(strings.Join(s.Problems, "\n"), "no run has loaded") {
		t.Errorf("status judges %d series, want the 8 of the file: %q", s.Coverage[0].Series, s.Problems)
	}
	r.edit("{name: main,", "{name: main, time_zone: Asia/Tokyo,")
	const moved = "the configuration has another time zone than 16 series"
	if s := r.status(); !strings.Contains(strings.Join(s.Problems, "\n"), moved) {
		t.Errorf("after the zone was changed status says %q, want %q", s.Problems, moved)
	}
}

// passJSON is what run and backfill print for scripts.
type passJSON struct {
	flow.Run
	Left   *int     `json:"left_windows"`
	Errors []string `json:"errors"`
	Causes []struct {
		Class   flow.Class `json:"class"`
		Windows int        `json:"windows"`
		Series  int        `json:"series"`
		Reason  string     `json:"reason"`
	} `json:"causes"`
}

func parsePass(t *testing.T, stdout string) (p passJSON) {
	t.Helper()
	if strings.Count(stdout, "\n") != 1 {
		t.Fatalf("want one line:\n%s", stdout)
	}
	if err := json.Unmarshal([]byte(stdout), &p); err != nil || p.Left == nil {
		t.Fatalf("%v: %s", err, stdout)
	}
	return p
}

// One cause is said once, however many windows fail by it: by run, with an example and its request id, and by status.
func TestACauseIsSaidOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few+"  max_window: {daily: 3d}\n")
	r.must("migrate")
	r.edit("{name: main,", "{name: main, time_zone: Europe/Berlin,")
	got := r.do("run")
	if failed := strings.Count(got.stderr, "failed: "); got.code != exit.Partial || failed != 1 {
		t.Errorf("the wrong zone is said %d times: %s", failed, got)
	}
	mention(t, got.stderr, "windows of 4 series, the first: ", "request id", "Asia/Shanghai: set the account's time_zone")
	s := r.status()
	if g := s.Gaps[0]; len(g.Series) != 4 || g.Ranges != 24 || strings.Count(fmt.Sprint(s.Gaps), "Shanghai") != 1 {
		t.Errorf("status lists %+v", s.Gaps)
	}
	text := r.do("status")
	list, problems, _ := strings.Cut(text.stdout, "Not as promised:")
	if said, ends := strings.Count(list, "time_zone"), strings.Count(problems, "time_zone"); said != 1 || ends != 1 {
		t.Errorf("status says it %d and %d times:\n%s", said, ends, text.stdout)
	}
	mention(t, strings.Join(s.Problems, "\n"), "main daily: ", " buckets failed: the answer for ",
		"set the account's time_zone", "; they are requested again, ")
	if err := r.sim.AddFaults(apisim.Fault{Code: "InvalidParameter", Message: "in vain", Count: 1}); err != nil {
		t.Fatal(err)
	}
	r.advance(25 * time.Hour)
	r.do("run", "--granularity", "daily")
	problems = strings.Join(r.status().Problems, "\n")
	mention(t, problems, " buckets failed for 2 reasons, such as: ")
	narrow(t, text.stdout)
	p := parsePass(t, r.do("backfill", "--from", "2026-11-01", "--force", "--output", "json").stdout)
	if p.ExitCode != exit.Partial || p.State != "partial" || len(p.Causes) != 1 || p.Causes[0].Series != 4 ||
		p.Causes[0].Windows != p.Failed {
		t.Errorf("%+v", p)
	}
}

// Where only some series are late, status says how many.
func TestSomeSeriesAreLate(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	r.must("run")
	r.advance(30 * time.Hour)
	late := func() string { return strings.Join(r.status().Problems, "\n") }
	mention(t, late(), "main hourly: nothing newer than 2026-11-18 09:00Z is stored; more was due by ")
	r.must("run", "--region", "MC")
	mention(t, late(), "main hourly: of 2 of 4 series nothing newer than 2026-11-18 09:00Z is stored; more was due by ")
	r.must("run")
	if said := late(); said != "" {
		t.Errorf("after a whole run status says %s", said)
	}
}

// Later runs ask again for what failed, but not for final buckets that were asked for by force.
func TestWhatFollowsAFailure(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), one)
	r.must("migrate")
	backfill := func(flags ...string) string {
		t.Helper()
		if err := r.sim.AddFaults(apisim.Fault{Code: "InternalError", Message: "the database is away"}); err != nil {
			t.Fatal(err)
		}
		defer r.sim.ClearFaults()
		return r.do(append([]string{"backfill", "--from", "2026-11-10", "--to", "2026-11-11"}, flags...)...).stderr
	}
	const again, repeat = "; later runs ask again", "; stored values stay; repeat this command, since later runs do not"
	if said := backfill(); !strings.Contains(said, again) || strings.Contains(said, repeat) {
		t.Errorf("a backfill that failed: %s", said)
	}
	r.must("run")
	if said := backfill("--force"); strings.Contains(said, again) || !strings.Contains(said, repeat) {
		t.Errorf("a forced one that failed: %s", said)
	}
	if n := r.sent("run"); n != 0 {
		t.Errorf("the next run sends %d requests", n)
	}
}

// A pass says what it did in few words, or that it had nothing to do; scripts get one object.
func TestWhatAPassSays(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	first := r.must("run")
	mention(t, first.stdout, ": done in ", "  8 windows: 8 accepted, 0 failed, 0 unavailable\n",
		"  8 requests, 0 throttled; ")
	narrow(t, first.stdout)
	mention(t, r.must("run").stdout, "\n  nothing was due, no request was sent\n")
	mention(t, r.must("plan").stdout, "Nothing is due: a run would send no request.")
	p := parsePass(t, r.must("run", "--output", "json").stdout)
	if p.State != "done" || p.ExitCode != 0 || p.Requests != 0 || *p.Left != 0 || p.Errors == nil {
		t.Errorf("%+v", p)
	}
	r.advance(26 * 3600e9)
	narrow(t, r.must("plan").stdout)
}

// With --log-format json every line of standard error is JSON: logs, complaints, and the last error.
func TestEveryLineOfStandardErrorIsJSON(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	lines := 0
	for _, command := range []string{
		"run", "run --region XX", "run --foo", "rnu", "backfill", "status", "verify", "config check",
		"--config nowhere.yaml run",
		"migrate --print-reader-sql analyst", "plan --from 2099-01-01", "explain", "simulate --set {",
	} {
		got := r.do(append([]string{"--log-format", "json"}, strings.Fields(command)...)...)
		for line := range strings.Lines(got.stderr) {
			lines++
			var record map[string]any
			if err := json.Unmarshal([]byte(line), &record); err != nil || record["msg"] == "" || record["level"] == nil {
				t.Errorf("%s: %v: %s", command, err, line)
			}
		}
	}
	if lines < 10 {
		t.Errorf("only %d lines", lines)
	}
}
