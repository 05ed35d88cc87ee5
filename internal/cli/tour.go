package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/mnaflow/mnaflow/internal/terminal"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// tourQuery is a query that the demo shows with its answer.
type tourQuery struct {
	title, sql string
}

// tourQueries show the loaded series and answer three questions of an analyst.
var tourQueries = []tourQuery{
	{"What was loaded", `SELECT granularity, count() AS series, sum(expected_buckets) AS expected,
       sum(covered_buckets) AS covered, sum(reported_buckets) AS reported,
       sum(gap_buckets + failed_buckets) AS missing
FROM flow_coverage
GROUP BY granularity
ORDER BY granularity`},
	{"Traffic of the last 7 days by region", `SELECT access_region AS region,
       formatReadableSize(sum(uplink_bytes)) AS uplink,
       formatReadableSize(sum(downlink_bytes)) AS downlink,
       formatReadableSize(sum(total_bytes)) AS total
FROM usage_daily
WHERE day >= (SELECT max(day) FROM usage_daily) - 6
GROUP BY region
ORDER BY sum(total_bytes) DESC`},
	{"The busiest hours", `SELECT hour, formatReadableSize(sum(total_bytes)) AS total
FROM usage_hourly
GROUP BY hour
ORDER BY sum(total_bytes) DESC
LIMIT 3`},
	{"What the API has changed since it first answered", `SELECT granularity, count() AS revisions,
       min(day) AS first_day, max(day) AS last_day,
       round(avg(100 * new_bytes / old_bytes - 100), 2) AS percent_more
FROM flow_revisions
GROUP BY granularity`},
}

// tour runs tourQueries and prints each with its answer.
func tour(ctx context.Context, db *warehouse.DB, out io.Writer) error {
	for _, s := range tourQueries {
		header, rows, err := db.Table(ctx, s.sql)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\n%s\n\n    %s\n\n", s.title, strings.ReplaceAll(s.sql, "\n", "\n    "))
		t := terminal.NewTable(out, header...)
		for _, r := range rows {
			t.AppendRow(table.Row(r))
		}
		t.Render()
	}
	return nil
}
