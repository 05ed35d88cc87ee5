//go:build linux

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/audit"
)

// silence makes the runs that are under way silent for so many minutes.
func (r *rig) silence(minutes int) {
	r.t.Helper()
	r.exec("CREATE TABLE said AS run_states", "INSERT INTO said SELECT * FROM run_states FINAL",
		"TRUNCATE TABLE run_states", fmt.Sprintf(`INSERT INTO run_states
SELECT * REPLACE (if(state = 'running', now64(6) - toIntervalMinute(%d), beat_at) AS beat_at)
FROM said`, minutes),
		"DROP TABLE said")
}

// states are those of the last runs, the newest first.
func (r *rig) states() string {
	r.t.Helper()
	var out []string
	for _, run := range r.status().Runs {
		out = append(out, string(run.State))
	}
	return strings.Join(out, " ")
}

// A run that was killed is over once it has been silent for ten minutes: it neither says that it runs nor excuses what
// is wrong.
func TestALostRunIsOver(t *testing.T) {
	t.Parallel()
	c := newOne(t)
	c.pass("run")
	c.change(changedHour, doubled)
	c.mustDie("after facts")
	const unvouched = "facts = facts of accepted answers"
	judged := func(want string, state string, minutes int) {
		t.Helper()
		c.silence(minutes)
		if got, _, _ := strings.Cut(c.states(), " "); got != state {
			t.Errorf("silent for %d minutes the run is %s, want %s", minutes, got, state)
		}
		v, _ := c.verify()
		for verdict, list := range map[string][]string{"failed": sayings(v.Failed), "pending": sayings(v.Pending)} {
			if said := strings.Contains(strings.Join(list, "\n"), unvouched); said != (verdict == want) {
				t.Errorf("silent for %d minutes: %s %q, want its facts among those %s", minutes, verdict, list, want)
			}
		}
	}
	judged("pending", "running", 9)
	judged("failed", "lost", 11)
	judged("pending", "running", 0) // it is heard of again
	c.silence(11)
	run := c.status().Runs[0]
	if run.Finished.IsZero() || run.ExitCode != 0 || !strings.Contains(run.Reason, "silent for ten minutes") {
		t.Errorf("%+v, want the moment at which it was last heard of, and why it is lost", run)
	}
	// Later passes neither overlap it nor are excused by it.
	c.advance(time.Hour)
	c.must("run")
	ofStorage := func(f audit.Finding) bool { return f.Check == audit.CheckStorage }
	if v, code := c.verify(); code != 0 || slices.ContainsFunc(v.Pending, ofStorage) {
		t.Errorf("after the next pass: exit %d, pending %q, failed %q", code, sayings(v.Pending), sayings(v.Failed))
	}
	c.exec("INSERT INTO facts SELECT * REPLACE (bytes + 1 AS bytes) FROM facts FINAL " +
		"WHERE bucket = '2026-11-16 05:00:00'")
	v, code := c.verify()
	if said := strings.Join(sayings(v.Failed), "\n"); code != 6 || !strings.Contains(said, untold) {
		t.Errorf("a value changed by hand beside a lost run: exit %d, failed %s, pending %q", code, said, sayings(v.Pending))
	}
}
