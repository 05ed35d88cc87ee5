package warehouse_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/loadtest"
)

// What somebody has changed about a table is found, with the statements that undo it. What he has added is his own,
// unless it changes what is stored or read.
func TestTableFaults(t *testing.T) {
	w, db := open(t)
	faults := func() []string {
		t.Helper()
		found, err := w.TableFaults(t.Context())
		must(t, err)
		var out []string
		for _, f := range found {
			out = append(out, fmt.Sprintf("%s %s", f.Table, f.Reason))
			execute(t, db, f.Repair...)
		}
		return out
	}
	var none []string
	if diff := cmp.Diff(none, faults()); diff != "" {
		t.Fatalf("in fresh tables: %s", diff)
	}
	before := loadtest.Schema(t, db)
	execute(t, db,
		"ALTER TABLE facts MODIFY TTL bucket + toIntervalYear(20)",
		"ALTER TABLE facts MODIFY COLUMN request_id String TTL bucket + toIntervalYear(20)",
		"ALTER TABLE history MODIFY COLUMN bytes DEFAULT 7",
		"ALTER TABLE history MODIFY COLUMN request_id CODEC(LZ4)",
		"ALTER TABLE ledger MODIFY COLUMN reason CODEC(ZSTD(9))",
		"ALTER TABLE ledger MODIFY COLUMN checksum DEFAULT 5",
		"ALTER TABLE series MODIFY COLUMN settle_seconds CODEC(T64)",
		"ALTER TABLE run_states MODIFY COLUMN beat_at REMOVE DEFAULT",
		"ALTER TABLE limits MODIFY COLUMN shortest_refused UInt64",
		"ALTER TABLE facts ADD CONSTRAINT `at most` CHECK bytes < 10 OR reported, ADD CONSTRAINT known ASSUME is_final",
		"ALTER TABLE facts ADD COLUMN mine String DEFAULT 'x', ADD INDEX mine mine TYPE minmax",
		"ALTER TABLE history MODIFY SETTING min_rows_for_wide_part = 7")
	want := []string{
		"facts has a TTL for request_id that is not declared: bucket + toIntervalYear(20)",
		"facts has a constraint that is not declared: CHECK (bytes < 10) OR reported",
		"facts has a constraint that is not declared: ASSUME is_final",
		"facts has a TTL that is not declared: bucket + toIntervalYear(20)",
		"history has a DEFAULT for bytes that is not declared: 7",
		"history has the CODEC (LZ4) for request_id, and (ZSTD) is declared",
		"ledger has the CODEC (ZSTD(9)) for reason, and (ZSTD) is declared",
		"ledger has a DEFAULT for checksum that is not declared: 5",
		"limits has the type UInt64 for shortest_refused, and UInt32 is declared",
		"run_states has the DEFAULT none for beat_at, and now64(6) is declared",
		"series has a CODEC for settle_seconds that is not declared: (T64)",
	}
	if diff := cmp.Diff(want, faults()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(none, faults()); diff != "" {
		t.Errorf("after the repair: %s", diff)
	}
	execute(t, db, "ALTER TABLE history RESET SETTING min_rows_for_wide_part",
		"ALTER TABLE facts DROP INDEX mine", "ALTER TABLE facts DROP COLUMN mine")
	if diff := cmp.Diff(before, loadtest.Schema(t, db)); diff != "" {
		t.Errorf("the repair leaves: %s", diff)
	}
}
