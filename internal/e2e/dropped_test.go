package e2e

import (
	"testing"
)

// Tables that somebody has dropped are named all at once, mnaflow migrate makes them anew, and what they held is loaded
// again as verify advises.
func TestDroppedTables(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), one)
	r.must("migrate")
	r.must("run")
	want := r.scalar("SELECT sum(total_bytes) FROM usage_hourly")
	r.exec("DROP TABLE days", "DROP TABLE limits", "DROP TABLE facts", "DROP TABLE check_results")
	for _, command := range []string{"run", "verify", "status"} {
		got := r.do(command)
		if got.code != 5 {
			t.Errorf("%s: exit %d, want 5", command, got.code)
		}
		mention(t, got.stderr, "a table is missing: restore it, or run mnaflow migrate")
	}
	got := r.do("migrate", "status")
	if got.code != 5 {
		t.Errorf("migrate status: exit %d, want 5", got.code)
	}
	for _, table := range []string{"check_results", "days", "facts", "limits"} {
		mention(t, got.stdout, "table "+table+" is missing")
	}
	mention(t, got.stderr, "4 tables missing: restore them, or run mnaflow migrate")
	mention(t, r.must("migrate").stdout, "made anew without rows, since they were missing: facts, days,")
	r.must("run")
	v, _ := r.verify()
	r.heal("tables dropped", v.Failed)
	if again := r.scalar("SELECT sum(total_bytes) FROM usage_hourly"); again != want {
		t.Errorf("%d bytes after loading again, %d before", again, want)
	}
}
