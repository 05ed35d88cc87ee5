package report_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/audit"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
)

// refusals fill the ledger as hourly passes do while the API refuses two of five regions. Every pass leaves many failed
// windows, nearly all different, for each of the 12 refused series, and one accepted window for each of the 18 others.
const refusals = `
INSERT INTO ledger (id, run_id, account, granularity, access_region, gateway_type, traffic_type,
    window_begin, window_end, time_zone, state, error_class, reason, failures, version, sent_at, answered_at,
    request_id, buckets, attempts)
SELECT generateUUIDv4(), generateUUIDv4(), 'main', 'hourly', access_region, gateway_type, traffic_type,
    begin, begin + 3600 * length, 'UTC', if(refused, 'failed', 'accepted'), if(refused, 'refused', ''),
    if(refused, concat('refused [', toString(begin), ', +', toString(length), ')'), ''), if(refused, pass + 1, 0),
    (toUnixTimestamp(at) * 1000 + attempt) * 1000 AS version, at, at, 'r', length, 1
FROM
(
    SELECT arrayJoin(['ALL', 'MC', 'AP', 'EU', 'AM']) AS access_region,
        arrayJoin(['public', 'private']) AS gateway_type,
        arrayJoin(['uplink', 'downlink', 'total']) AS traffic_type, access_region IN ('MC', 'AP') AS refused,
        number AS pass, arrayJoin(range(if(refused, %[2]d, 1))) AS attempt,
        toDateTime(%[1]d, 'UTC') + 3600 * pass AS at,
        bitShiftRight(744, least(9, intDiv(attempt + 1, 2))) AS length,
        cityHash64(pass, attempt, gateway_type, traffic_type) %% (745 - length) AS earlier,
        at - 3600 * (length + if(attempt = 0, 0, earlier)) AS begin
    FROM numbers(%[3]d)
)`

// The memory of status and verify grows with what they show, and not with the number of failed passes.
// MNAFLOW_TEST_DAYS=365 measures a year.
func TestCoverageOfRefusals(t *testing.T) {
	const attempts, base, aBucket = 13, 128 << 20, 6 << 10 // of a pass and series; bytes
	passes := loadtest.Days(t, 60) * 24
	limit := int64(base + 12*passes*aBucket)
	w, db := open(t)
	now := loadtest.Now(t, db).Truncate(time.Hour)
	from := now.Add(-time.Duration(passes) * time.Hour)
	var settings []flow.Setting
	for _, s := range loadtest.AllSeries("main", flow.Hourly) {
		settings = append(settings, setting(s, from, time.UTC, 0))
	}
	must(t, w.Configure(t.Context(), settings, now))
	loadtest.Execute(t, db, fmt.Sprintf(refusals, from.Unix()+3600, attempts, passes))
	t.Logf("%s", table(t, db, `SELECT concat(toString(count()), ' attempts that failed, ',
    toString(uniqExact(access_region, gateway_type, traffic_type, window_begin, window_end)), ' distinct windows')
FROM ledger WHERE state != 'accepted'`))
	var peak int64
	ctx := loadtest.Peak(t.Context(), &peak)
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"coverage", func(ctx context.Context) error { _, err := w.Coverage(ctx); return err }},
		{"gaps", func(ctx context.Context) error { _, err := w.Gaps(ctx, flow.Dimensions{}); return err }},
		{"verify", func(ctx context.Context) error {
			promised := map[flow.Granularity]time.Time{flow.Hourly: from, flow.Daily: from}
			_, err := w.Auditor.Run(ctx, []audit.Verification{{ID: newRun(), At: now, Promised: promised}})
			return err
		}},
	} {
		peak = 0
		began := time.Now()
		must(t, step.do(ctx))
		t.Logf("%-8s %6.1f s, at most %4d MiB a statement", step.name, time.Since(began).Seconds(), peak>>20)
		if peak > limit {
			t.Errorf("%s needs more than %d MiB", step.name, limit>>20)
		}
	}
}
