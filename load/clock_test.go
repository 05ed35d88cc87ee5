package load_test

import (
	"fmt"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// What a pass is stamped above is the highest version anywhere, and to know it costs nothing, however much is stored.
func TestFloorOfVersions(t *testing.T) {
	w, db := open(t)
	const rows, numbers = 200_000, "FROM numbers(200000)"
	execute(t, db,
		"INSERT INTO facts (bucket, version) SELECT toDateTime(1767225600 + 60 * number), 1767225600000000 + number "+numbers,
		"INSERT INTO history (bucket, version) SELECT toDateTime(1767225600 + 60 * number), 1767225600000000 + number "+numbers,
		"INSERT INTO ledger (version) SELECT 1767225600000000 + number "+numbers)
	var read uint64
	ctx := clickhouse.Context(t.Context(), clickhouse.WithProgress(func(p *clickhouse.Progress) { read += p.Rows }))
	var highest uint64
	if must(t, db.QueryRow(ctx, "SELECT max(version) FROM facts").Scan(&highest)); read < rows {
		t.Fatalf("%d rows read for version %d: this test does not see what is read", read, highest)
	}
	read = 0
	before := serverNow(t, db).UnixMicro()
	now, err := w.Clock(ctx)
	must(t, err)
	if after := serverNow(t, db).UnixMicro() + 1e6; int64(now) < before || int64(now) > after {
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
