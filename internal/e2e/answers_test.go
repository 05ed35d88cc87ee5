package e2e

import (
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// restate changes the traffic of MC's public gateway in one hour from now on.
func (r *rig) restate(hour string, change apisim.Restatement) {
	r.t.Helper()
	begin, err := time.Parse(time.RFC3339, hour)
	if err != nil {
		r.t.Fatal(err)
	}
	change.Begin, change.End, change.At = begin, begin.Add(time.Hour), r.clock()
	change.Region, change.Gateway = "MC", "public"
	if err := r.sim.Restate(change); err != nil {
		r.t.Fatal(err)
	}
}

// A restatement is stored, and what was there before is kept, with the request that showed it.
func TestRestatementsAreKept(t *testing.T) {
	t.Parallel()
	settings := unlimited()
	settings.Growth = 0 // nothing changes but what the test changes
	r := newRig(t, start, settings,
		"  start: 2026-11-15\n  regions: [MC]\n  traffic_types: [total]\n  gateway_types: [public]\n"+
			"  granularities: [hourly]\n")
	r.must("migrate")
	r.must("run")
	const hour = "2026-11-17T05:00:00Z"
	before := r.scalar("SELECT bytes FROM flow_hourly WHERE hour = toDateTime('2026-11-17 05:00:00', 'UTC')")
	for i, s := range []struct {
		name   string
		change apisim.Restatement
	}{
		{"doubled", apisim.Restatement{Factor: &apisim.Ratio{Num: 2, Den: 1}}},
		{"gone", apisim.Restatement{Remove: true}},
		{"back as it was", apisim.Restatement{Restore: true}},
	} {
		r.advance(31 * time.Minute)
		r.restate(hour, s.change)
		r.must("run")
		if n := r.scalar("SELECT count() FROM flow_revisions"); n != uint64(i+1) {
			t.Fatalf("%s: %d revisions, want %d", s.name, n, i+1)
		}
	}
	after := r.scalar("SELECT bytes FROM flow_hourly WHERE hour = toDateTime('2026-11-17 05:00:00', 'UTC')")
	if after != before {
		t.Errorf("the value is %d, want %d again", after, before)
	}
	rows, err := r.conn.Query(t.Context(),
		"SELECT old_bytes, new_bytes, was_final, r.run_id IN (SELECT run_id FROM runs) FROM flow_revisions AS r "+
			"ORDER BY observed_at")
	if err != nil {
		t.Fatal(err)
	}
	p := func(n uint64) *uint64 { return &n }
	want := [][2]*uint64{{p(before), p(2 * before)}, {p(2 * before), nil}, {nil, p(before)}}
	same := func(a, b *uint64) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
	for i := 0; rows.Next(); i++ {
		var old, now *uint64
		var final, known bool
		if err := rows.Scan(&old, &now, &final, &known); err != nil {
			t.Fatal(err)
		}
		if !same(old, want[i][0]) || !same(now, want[i][1]) || final || !known {
			t.Errorf("revision %d: %v to %v, final %v, run known %v", i, old, now, final, known)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if n := r.scalar("SELECT sum(revised) * 10 + sum(retracted) FROM runs"); n != 31 {
		t.Errorf("the runs count 10 * revised + retracted = %d, want 31", n)
	}
}

// Answers that cannot be believed are stored nowhere; what was there stays, and the window comes again.
func TestAnswersThatAreNotBelieved(t *testing.T) {
	t.Parallel()
	const one = "  start: 2026-11-10\n  regions: [MC]\n  traffic_types: [total]\n  gateway_types: [public]\n" +
		"  granularities: [hourly]\n"
	for _, c := range []struct {
		name  string
		fault apisim.Fault
		class string
		says  string
	}{
		{"nothing where there was traffic", apisim.Fault{Kind: "empty", Consistent: yes()}, "suspect", "lacks"},
		{"a fifth of the buckets gone", apisim.Fault{Kind: "drop_fifth", Consistent: yes()}, "suspect", "--accept-missing"},
		{"two values for one bucket", apisim.Fault{Kind: "duplicate_other"}, "disagrees", "two values"},
		{"a point far outside", apisim.Fault{Kind: "far_outside", Consistent: yes()}, "disagrees",
			"beyond the bucket next to the window"},
		{"a total that is not the sum", apisim.Fault{Kind: "drop_one", Consistent: no()}, "disagrees", "TotalValue"},
		{"a negative value", apisim.Fault{Kind: "negative"}, "disagrees", "negative"},
		{"a value beyond 64 bits", apisim.Fault{Kind: "current_1e30"}, "disagrees", "64 bits"},
		{"Time that is no number", apisim.Fault{Kind: "time_not_number"}, "disagrees", "not epoch seconds"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, start, unlimited(), one)
			r.must("migrate")
			r.must("run")
			before := r.scalar("SELECT sum(cityHash64(*)) FROM flow_hourly")
			r.advance(40 * time.Minute)
			if c.class == "suspect" {
				c.fault.Count = 1 // what is nonsense is split in the pass, and a fault that passes would fail nothing
			}
			if err := r.sim.AddFaults(c.fault); err != nil {
				t.Fatal(err)
			}
			got := r.do("run")
			if got.code != 3 {
				t.Errorf("want exit 3: %s", got)
			}
			mention(t, got.stderr, c.says, "request id", "main/hourly/MC/public/total")
			if after := r.scalar("SELECT sum(cityHash64(*)) FROM flow_hourly"); after != before {
				t.Error("the answer changed what was stored")
			}
			const once = "SELECT count() FROM extractions WHERE state = 'failed' AND error_class = ? AND failures = 1"
			if n := r.scalar(once, c.class); n != 1 {
				t.Errorf("%d failed attempts of class %s in the ledger, want 1", n, c.class)
			}
			r.sim.ClearFaults()
			// The fault has passed: the next pass asks for the failed window again, in two halves, and for the new
			// hour.
			if n := r.sent("run"); n == 0 {
				t.Error("the next run asked for nothing")
			}
			if n := r.scalar("SELECT count() FROM flow_revisions WHERE new_bytes IS NULL"); n != 0 {
				t.Errorf("%d buckets were retracted", n)
			}
		})
	}
}

func yes() *bool { v := true; return &v }
func no() *bool  { v := false; return &v }

// An answer that lacks much is stored when the operator says that it is right.
func TestAcceptMissing(t *testing.T) {
	t.Parallel()
	settings := unlimited()
	settings.Growth = 0
	r := newRig(t, start, settings,
		"  start: 2026-11-10\n  regions: [MC]\n  traffic_types: [total]\n  gateway_types: [public]\n"+
			"  granularities: [hourly]\n")
	r.must("migrate")
	r.must("run")
	held := r.scalar("SELECT count() FROM flow_hourly")
	begin := time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC)
	if err := r.sim.Restate(apisim.Restatement{
		Begin: begin, End: begin.AddDate(0, 0, 3), Remove: true, At: r.clock(),
	}); err != nil {
		t.Fatal(err)
	}
	if got := r.do("backfill", "--from", "2026-11-10", "--force"); got.code != 3 {
		t.Fatalf("want exit 3: %s", got)
	}
	if n := r.scalar("SELECT count() FROM flow_hourly"); n != held {
		t.Errorf("%d hours are left of %d", n, held)
	}
	r.must("backfill", "--from", "2026-11-10", "--force", "--accept-missing")
	r.removed(begin)
	gone := held - r.scalar("SELECT count() FROM flow_hourly")
	if gone == 0 || gone > 72 {
		t.Errorf("%d hours are gone, want up to 72", gone)
	}
	if n := r.scalar("SELECT count() FROM flow_revisions WHERE new_bytes IS NULL"); n != gone {
		t.Errorf("%d revisions, want one for each of the %d hours", n, gone)
	}
	// Final was, five days before the clock, what lies before 12 November 16:00 UTC: midnight in Asia/Shanghai.
	const wrong = "SELECT countIf(was_final != (bucket < toDateTime('2026-11-12 16:00:00', 'UTC'))) FROM flow_revisions"
	if n := r.scalar(wrong); n != 0 {
		t.Errorf("%d revisions say wrongly whether the value had been final", n)
	}
}

// removed says that nothing is shown in the three days that were removed.
func (r *rig) removed(begin time.Time) {
	r.t.Helper()
	const there = "SELECT count() FROM flow_hourly WHERE hour >= ? AND hour < ?"
	if n := r.scalar(there, begin, begin.AddDate(0, 0, 3)); n != 0 {
		r.t.Errorf("%d hours are still shown that the API no longer has", n)
	}
}
