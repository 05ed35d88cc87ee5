package load_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
)

// What a pass is stamped above is the highest version anywhere, and to know it costs nothing, however much is stored.
func TestFloorOfVersions(t *testing.T) {
	w, db := open(t)
	const rows = 200_000
	const buckets = "toDateTime(1767225600 + 60 * number), 1767225600000000 + number FROM numbers(200000)"
	execute(t, db,
		"INSERT INTO facts (bucket, version) SELECT "+buckets,
		"INSERT INTO history (bucket, version) SELECT "+buckets,
		"INSERT INTO ledger (version) SELECT 1767225600000000 + number FROM numbers(200000)")
	var read uint64
	ctx := clickhouse.Context(t.Context(), clickhouse.WithProgress(func(p *clickhouse.Progress) { read += p.Rows }))
	var highest uint64
	if must(t, db.QueryRow(ctx, "SELECT max(version) FROM facts").Scan(&highest)); read < rows {
		t.Fatalf("%d rows read for version %d: this test does not see what is read", read, highest)
	}
	read = 0
	before := loadtest.Now(t, db).UnixMicro()
	now, err := w.Clock(ctx)
	must(t, err)
	if after := loadtest.Now(t, db).UnixMicro() + 1e6; int64(now) < before || int64(now) > after {
		t.Errorf("the clock shows %d, want between %d and %d", now, before, after)
	}
	t.Logf("%d rows read of %d", read, 3*rows)
	if read > 10 {
		t.Errorf("%d rows read though none is ahead", read)
	}
	for i, table := range []string{"ledger", "facts", "history"} { // of each the highest so far
		ahead := now + 1e12 + uint64(i)
		execute(t, db, fmt.Sprintf("INSERT INTO %s (account, version) VALUES ('main', %d)", table, ahead))
		read = 0
		floor, err := w.Clock(ctx)
		must(t, err)
		if floor != ahead {
			t.Errorf("with version %d in %s the floor is %d", ahead, table, floor)
		}
		if read > 10 {
			t.Errorf("%d rows read for one that is ahead in %s", read, table)
		}
	}
}

func TestClock(t *testing.T) {
	w, db := open(t)
	before := loadtest.Now(t, db)
	got, err := w.Clock(t.Context())
	must(t, err)
	if d := time.UnixMicro(int64(got)).Sub(before); d < 0 || d > time.Minute {
		t.Errorf("%s, want the server's time in microseconds, %s", time.UnixMicro(int64(got)), before)
	}
	ahead := uint64(before.AddDate(1, 0, 0).UnixMicro())
	s := named("a", flow.Hourly, flow.Total)
	write(t, w, newRun(), answer(s, hours, at("2026-01-01"), ahead, at("2026-02-01"), true, 1))
	if got, err := w.Clock(t.Context()); got != ahead || err != nil {
		t.Errorf("%d, %v; want the highest version in the ledger, %d", got, err, ahead)
	}
}
