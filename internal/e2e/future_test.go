//go:build linux

package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// ahead makes what a killed run has left what it leaves where the warehouse's clock is 400 days ahead: no entry in the
// ledger, and versions of that date in whatever it came to.
func (c *chronicle) ahead() {
	c.t.Helper()
	const killed = "run_id NOT IN (SELECT run_id FROM ledger)"
	for _, table := range []string{"history", "facts"} {
		c.exec("INSERT INTO "+table+" SELECT * REPLACE (version + 400 * 86400000000 AS version) "+
			"FROM "+table+" WHERE "+killed,
			"ALTER TABLE "+table+" DELETE WHERE "+killed+" AND version < toUnixTimestamp64Micro(now64(6)) "+
				"SETTINGS mutations_sync = 2")
	}
}

// A pass of a warehouse whose clock was ahead is killed between two effects. Once the clock is right, what is observed
// next wins at once, of buckets that have become final too.
func TestTheWarehousesClockWasAhead(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"after history", "after facts"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			c := newOne(t)
			c.pass("run")
			c.change(changedHour, doubled)
			c.observe() // history has it
			c.mustDie(point)
			c.ahead()
			if n := c.scalar("SELECT count() FROM history WHERE version > toUnixTimestamp64Micro(now64(6))"); n == 0 {
				t.Fatal("nothing of history is ahead")
			}
			c.change(changedHour, natural)
			c.pass("run")
			c.check("the next pass")
			c.advance(8 * 24 * time.Hour)
			c.change(changedHour, doubled)
			c.pass("backfill", "--from", "2026-11-10", "--force")
			c.check("final")
		})
	}
}

var reload = regexp.MustCompile(`mnaflow (backfill --from \S+ --to \S+ --force)`)

// What a clock dated ahead is told by verify, with what to do about it; once that is done, all is well. Nothing is lost
// meanwhile: what these rows replaced has been merged away.
func TestVerifyTellsOfTheFuture(t *testing.T) {
	t.Parallel()
	c := newOne(t)
	c.pass("run")
	if v, code := c.verify(); code != 0 {
		t.Fatalf("before: exit %d, %q", code, sayings(v.Failed))
	}
	c.change(changedHour, doubled)
	c.mustDie("after facts")
	c.ahead()
	c.change(changedHour.Add(time.Hour), doubled)
	c.must("run")                                                  // its versions are above those
	for _, table := range []string{"facts", "history", "ledger"} { // the times too, of some
		c.exec("OPTIMIZE TABLE "+table+" FINAL",
			"ALTER TABLE "+table+" UPDATE "+
				map[string]string{"facts": "extracted_at", "history": "observed_at", "ledger": "sent_at"}[table]+
				" = now64(3) + toIntervalDay(30) WHERE version > toUnixTimestamp64Micro(now64(6)) "+
				"AND traffic_type = 'total' SETTINGS mutations_sync = 2")
	}
	before := c.shown()
	v, code := c.verify()
	if code != 6 {
		t.Fatalf("exit %d, want %d", code, 6)
	}
	told := map[string]bool{}
	for _, f := range v.Failed {
		table, ok := strings.CutSuffix(strings.TrimPrefix(f.Compared, "rows of "), " from the future = 0")
		if !ok {
			t.Errorf("also: %s", f.Detail)
			continue
		}
		told[table] = true
		t.Log(f.Detail)
		for range 2 { // as often as one likes
			c.exec(datingBack(f.Detail)...)
		}
		if f.Left.Sign() <= 0 {
			t.Errorf("%s has %s rows from the future", table, f.Left)
		}
	}
	if !told["facts"] || !told["history"] || !told["ledger"] {
		t.Errorf("told of %v, want all three tables", told)
	}
	if c.shown() != before {
		t.Error("dating back changes what is shown")
	}
	for _, f := range v.Failed {
		c.must(strings.Fields(reload.FindStringSubmatch(f.Detail)[1])...)
	}
	if v, code := c.verify(); code != 0 {
		t.Errorf("after following the advice: exit %d, %q", code, sayings(v.Failed))
	}
	if n := c.scalar("SELECT count() FROM flow_hourly WHERE hour = ?", changedHour); n != 1 {
		t.Errorf("%d rows of the hour, want 1", n)
	}
}

// shown sums up all values of the views.
func (c *chronicle) shown() uint64 {
	c.t.Helper()
	const columns = "cityHash64(account, access_region, gateway_type, traffic_type, day, bytes)"
	return c.scalar("SELECT sum(hash) FROM (SELECT " + columns +
		" AS hash FROM flow_daily UNION ALL SELECT cityHash64(hour, " + columns + ") FROM flow_hourly)")
}
