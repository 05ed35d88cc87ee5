package load

import (
	"context"
	"strings"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// futureSQL: nothing in a table is newer than now. A clock that was ahead stamps what it stores with a version that
// counts as the newest until then, and with a time after which nothing is asked for again. A minute is for clocks that
// drift, ten are for those of two machines. What this machine's clock has reached is not ahead: then the warehouse's is
// behind.
const futureSQL = `
    SELECT '' AS account, '' AS granularity, '' AS access_region, '' AS gateway_type, '' AS traffic_type,
        if(found = 0, toDateTime(0, 'UTC'), first) AS begin, if(found = 0, now('UTC'), last) AS ended,
        'rows of %TABLE from the future = 0' AS compared, if(ahead = 0, 'passed', 'failed') AS verdict,
        toInt128(if(verdict = 'passed', 0, found)) AS lhs, toInt128(0) AS rhs,
        if(verdict = 'passed', '', concat(
            'a clock was ahead, up to ', toString(newest), ' UTC; remove what it dated: ', %STATEMENT,
            '; and load it anew: mnaflow backfill --from ', formatDateTime(first, '%FT%TZ', 'UTC'),
            ' --to ', formatDateTime(last, '%FT%TZ', 'UTC'), ' --force')) AS words,
        found AS n
    FROM
    (
        SELECT count() AS found,
            countIf(version > %NOW
                OR %TIME > fromUnixTimestamp64Milli({checked_at:Int64}, 'UTC') + toIntervalMinute(10)) AS ahead,
            min(%BEGIN) AS first, max(%END) AS last,
            max(greatest(toDateTime(%TIME, 'UTC'), toDateTime(intDiv(version, 1000000), 'UTC'))) AS newest
        FROM %TABLE
        WHERE %CONDITION
    )`

// verifyFuture looks for rows of the future in each table that has versions.
func (w *Warehouse) verifyFuture(ctx context.Context, v flow.Verification) error {
	for _, t := range []struct{ table, time, begin, end string }{
		{"facts", "extracted_at", "bucket", "bucket + if(granularity = 'hourly', 3600, 86400)"},
		{"history", "observed_at", "bucket", "bucket + if(granularity = 'hourly', 3600, 86400)"},
		{"ledger", "sent_at", "window_begin", "window_end"},
	} {
		const now = "toUnixTimestamp64Micro(now64(6) + toIntervalMinute(1))"
		condition := "version > " + now + " OR " + t.time + " > now64(3) + toIntervalMinute(10)"
		table := w.sql("mnaflow." + t.table)
		statement := "ALTER TABLE " + table + " DELETE WHERE " + condition + " SETTINGS mutations_sync = 2"
		verdicts := strings.NewReplacer("%TABLE", t.table, "%TIME", t.time, "%BEGIN", t.begin, "%END", t.end,
			"%NOW", now, "%CONDITION", condition, "%STATEMENT", quote(statement)).Replace(futureSQL)
		doing := "looking for rows of the future in " + t.table
		if err := w.check(ctx, v, flow.CheckStorage, doing, verdicts); err != nil {
			return err
		}
	}
	return nil
}
