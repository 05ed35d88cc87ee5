package audit_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// BenchmarkVerify measures a verification of ten years (or MNAFLOW_TEST_DAYS) of all 60 series that a pass an hour has loaded:
//
//	go test ./load -run - -bench Verify -benchtime 1x
func BenchmarkVerify(b *testing.B) {
	days := 3652
	if text := os.Getenv("MNAFLOW_TEST_DAYS"); text != "" {
		var err error
		days, err = strconv.Atoi(text)
		must(b, err)
	}
	w, db := open(b)
	from := at("2016-01-01")
	var settings []flow.Setting
	for _, g := range flow.Granularities() {
		for _, s := range loadtest.AllSeries("main", g) {
			settings = append(settings, setting(s, from, time.UTC, time.Hour))
		}
	}
	must(b, w.Configure(b.Context(), settings, from.AddDate(0, 0, days)))
	execute(b, db, passes(from, days)...)
	b.Logf("%s", table(b, db, "SELECT concat(formatReadableQuantity((SELECT count() FROM facts)), ' facts, ', formatReadableQuantity((SELECT count() FROM history)), ' in history, ', formatReadableQuantity((SELECT count() FROM ledger)), ' in the ledger')"))
	peak := map[string]int64{}
	for b.Loop() {
		id := uuid.NewString()
		ctx := clickhouse.Context(b.Context(), clickhouse.WithProfileEvents(func(events []clickhouse.ProfileEvent) {
			for _, e := range events {
				if e.Name == "MemoryTrackerPeakUsage" {
					peak["bytes"] = max(peak["bytes"], e.Value)
				}
			}
		}))
		must(b, w.Verify(ctx, flow.Verification{ID: id, At: from.AddDate(0, 0, days), Promised: map[flow.Granularity]time.Time{flow.Hourly: from, flow.Daily: from}}))
		b.Logf("%s", table(b, db, "SELECT concat(check_name, ' ', state, ' ', toString(count()), ' ', toString(sum(compared_buckets))) FROM data_checks WHERE verify_id = ? GROUP BY check_name, state ORDER BY 1", id))
		if n := table(b, db, "SELECT concat(check_name, compared, detail) FROM data_checks WHERE verify_id = ? AND check_name != 'coverage' AND state = 'failed' LIMIT 1", id); len(n) > 0 {
			b.Fatalf("failed: %v", n)
		}
	}
	b.ReportMetric(float64(peak["bytes"])/(1<<20), "MiB-peak-of-a-statement")
}

// passes are statements that write what a pass an hour, twenty minutes past, leaves after so many days in UTC with a finality of five days:
// each asks for the hours since the midnight five days ago, and every twelfth for the days since then.
func passes(from time.Time, days int) []string {
	const atoms = `arraySum(a -> modulo(cityHash64(a, gateway_type, bucket), 1000000000), arrayFlatten(arrayMap(r -> arrayMap(d -> concat(r, d),
    if(traffic_type = 'total', ['uplink', 'downlink'], [traffic_type])), if(access_region = 'ALL', ['MC', 'AP', 'EU', 'AM'], [access_region]))))`
	const series = `(SELECT arrayJoin(['ALL', 'MC', 'AP', 'EU', 'AM']) AS access_region, arrayJoin(['public', 'private']) AS gateway_type, arrayJoin(['uplink', 'downlink', 'total']) AS traffic_type)`
	// The version of a pass is its moment in microseconds. The last pass that asks for a bucket is the last of the fifth day after its own.
	const last = "least(toUInt64(toUnixTimestamp(toStartOfDay(any_bucket)) + %[3]d), %[4]d) * 1000000"
	begin, end := from.Unix(), from.AddDate(0, 0, days).Unix()
	return []string{
		fmt.Sprintf(`INSERT INTO facts SELECT 'main', 'hourly', access_region, gateway_type, traffic_type, toDateTime(%[1]d + 3600 * number, 'UTC') AS bucket, toDate(bucket), 'UTC',
    `+atoms+`, true, true, toDateTime64(bucket, 3, 'UTC') + 86400, generateUUIDv4(), '', `+strings.ReplaceAll(last, "any_bucket", "bucket")+`
FROM `+series+` AS s CROSS JOIN numbers(%[2]d) AS n`, begin, days*24, 6*86400-2400, end+1200),
		fmt.Sprintf(`INSERT INTO facts SELECT 'main', 'daily', access_region, gateway_type, traffic_type, toStartOfDay(bucket), day, 'UTC',
    sum(bytes), true, true, toDateTime64(toStartOfDay(any(bucket)), 3, 'UTC') + 86400, generateUUIDv4(), '', `+strings.ReplaceAll(last, "any_bucket", "any(f.bucket)")+`
FROM facts AS f GROUP BY access_region, gateway_type, traffic_type, toStartOfDay(bucket), day`, 0, 0, 5*86400+43200+1200, end+43200+1200),
		`INSERT INTO history SELECT * REPLACE (toUInt64(toUnixTimestamp(bucket) + if(granularity = 'hourly', 4800, 86400 + 1200)) * 1000000 AS version, false AS is_final) FROM facts`,
		fmt.Sprintf(`INSERT INTO ledger (id, run_id, account, granularity, access_region, gateway_type, traffic_type, window_begin, window_end, time_zone, state, buckets, reported, points, api_total, version, sent_at, answered_at)
SELECT generateUUIDv4(), generateUUIDv4(), 'main', p.granularity, p.access_region, p.gateway_type, p.traffic_type, p.first, p.end, 'UTC', 'accepted', n, n, n, p.total - b.total + b.bytes, at * 1000000,
    fromUnixTimestamp64Milli(toInt64(at) * 1000, 'UTC'), fromUnixTimestamp64Milli(toInt64(at) * 1000, 'UTC')
FROM
(
    SELECT granularity, access_region, gateway_type, traffic_type, bucket + if(granularity = 'hourly', 3600, 86400) AS end, total,
        arrayJoin(if(granularity = 'hourly', [toUnixTimestamp(end) + 1200], [toUnixTimestamp(end) + 1200, toUnixTimestamp(end) + 1200 + 43200])) AS at,
        greatest(toDateTime(%[1]d, 'UTC'), toStartOfDay(toDateTime(at, 'UTC')) - 5 * 86400) AS first, intDiv(end - first, if(granularity = 'hourly', 3600, 86400)) AS n
    FROM
    (
        SELECT granularity, access_region, gateway_type, traffic_type, bucket,
            sum(bytes) OVER (PARTITION BY granularity, access_region, gateway_type, traffic_type ORDER BY bucket ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS total
        FROM facts FINAL
    )
) AS p
INNER JOIN
(
    SELECT granularity, access_region, gateway_type, traffic_type, bucket, bytes,
        sum(bytes) OVER (PARTITION BY granularity, access_region, gateway_type, traffic_type ORDER BY bucket ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS total
    FROM facts FINAL
) AS b ON p.granularity = b.granularity AND p.access_region = b.access_region AND p.gateway_type = b.gateway_type AND p.traffic_type = b.traffic_type AND p.first = b.bucket`, begin),
		"OPTIMIZE TABLE facts FINAL", "OPTIMIZE TABLE history FINAL", "OPTIMIZE TABLE ledger FINAL", // what years of merges have done
	}
}
