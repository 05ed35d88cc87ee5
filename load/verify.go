package load

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// verifyTimeout bounds one statement of a verification, which reads everything that is stored.
const verifyTimeout = 30 * time.Minute

// Verify reconciles what is stored, inside the warehouse, and writes every result into the view data_checks. It changes nothing else.
//
// What grows with the range is compared year by year, as it is partitioned, so that memory does not grow with it.
func (w *Warehouse) Verify(ctx context.Context, v flow.Verification) error {
	years, err := w.years(ctx, v.Window)
	if err != nil {
		return err
	}
	type step struct{ check, doing, verdicts string }
	for _, year := range years {
		part := v
		part.Window = year
		for _, s := range []step{
			{flow.CheckDirections, "comparing directions", directionsSQL()},
			{flow.CheckRegions, "comparing regions", regionsSQL()},
			{flow.CheckDays, "comparing hours with days", daysSQL()},
			{flow.CheckAnswers, "comparing answers with what is stored", answersSQL},
			{flow.CheckStorage, "comparing facts with the calendar", calendarSQL},
			{flow.CheckStorage, "comparing facts with history", explainedSQL},
			{flow.CheckStorage, "comparing facts with the ledger", entriesSQL},
			{flow.CheckStorage, "comparing the ledger with facts", storedSQL},
			{flow.CheckStorage, "counting keys", keysSQL},
		} {
			if err := w.check(ctx, part, s.check, s.doing, s.verdicts); err != nil {
				return err
			}
		}
	}
	for _, s := range []step{
		{flow.CheckDirections, "looking for parts that the configuration lacks", directionsSkippedSQL()},
		{flow.CheckRegions, "looking for parts that the configuration lacks", regionsSkippedSQL()},
		{flow.CheckDays, "looking for parts that the configuration lacks", daysSkippedSQL},
		{flow.CheckCoverage, "checking the coverage", coverageCheckSQL},
		{flow.CheckStorage, "counting rows and parts", partsSQL},
	} {
		if err := w.check(ctx, v, s.check, s.doing, s.verdicts); err != nil {
			return err
		}
	}
	if err := w.verifyFuture(ctx, v); err != nil {
		return err
	}
	if err := w.verifyViews(ctx, v); err != nil {
		return err
	}
	return w.verifyZones(ctx, v)
}

// years returns the calendar years, in UTC, of what is stored or accounted for in a range.
func (w *Warehouse) years(ctx context.Context, within flow.Window) ([]flow.Window, error) {
	const query = `SELECT min(first), max(last) FROM
(SELECT min(bucket) AS first, max(bucket) AS last, count() AS n FROM facts UNION ALL SELECT min(window_begin), max(window_end) - 1, count() FROM ledger WHERE state = 'accepted') WHERE n > 0`
	ends, err := collect(ctx, w, "reading the range of what is stored", query, func(scan func(...any) error) (s flow.Window, err error) {
		err = scan(&s.Begin, &s.End)
		return s, err
	})
	if err != nil {
		return nil, err
	}
	var out []flow.Window
	for year := ends[0].Begin.UTC().Year(); year <= ends[0].End.UTC().Year(); year++ {
		part := flow.Window{Begin: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC)}
		if part.Begin.Before(within.Begin) {
			part.Begin = within.Begin
		}
		if !within.End.IsZero() && part.End.After(within.End) {
			part.End = within.End
		}
		if !part.Empty() && ends[0].End.Unix() > 0 {
			out = append(out, part)
		}
	}
	return out, nil
}

// resultsSQL turns verdicts into results: what agrees becomes one row a series, what does not one row a bucket.
//
// A row of verdicts has the names of a series, as far as they apply; begin; ended, 1970 where it is the end of the bucket that starts at
// begin; compared, verdict, lhs, rhs, words and n, how many buckets it is about.
const resultsSQL = `INSERT INTO check_results (verify_id, checked_at, check_name, state, account, granularity, access_region, gateway_type, traffic_type,
    range_begin, range_end, compared, compared_buckets, left_figure, right_figure, difference, detail)
SELECT {verify_id:UUID}, fromUnixTimestamp64Milli({checked_at:Int64}, 'UTC'), {check:String}, verdict, r.account, granularity, access_region, gateway_type, traffic_type,
    first_begin, multiIf(last_ended > toDateTime(0, 'UTC'), last_ended, granularity = 'hourly', last_begin + 3600, d.day_end > toDateTime(0, 'UTC'), d.day_end, last_begin + 86400),
    compared, buckets, sum_lhs, sum_rhs, sum_lhs - sum_rhs, words
FROM
(
    SELECT account, granularity, access_region, gateway_type, traffic_type, compared, verdict, words,
        min(begin) AS first_begin, max(begin) AS last_begin, max(ended) AS last_ended, sum(n) AS buckets, sum(lhs) AS sum_lhs, sum(rhs) AS sum_rhs
    FROM (%s)
    GROUP BY account, granularity, access_region, gateway_type, traffic_type, compared, verdict, words, if(verdict = 'failed', begin, toDateTime(0, 'UTC'))
) AS r
LEFT JOIN
` + accountDays + ` AS d ON d.account = r.account AND d.day_begin = r.last_begin`

// check runs one statement that yields verdicts, and stores what they come to.
func (w *Warehouse) check(ctx context.Context, v flow.Verification, check, doing, verdicts string) error {
	return w.verifying(ctx, v, check, doing, func(ctx context.Context) error {
		return w.conn.Exec(ctx, w.sql(fmt.Sprintf(resultsSQL, verdicts)))
	})
}

// verifying runs f with a verification's parameters, and a time-out of its own.
func (w *Warehouse) verifying(ctx context.Context, v flow.Verification, check, doing string, f func(context.Context) error) error {
	from, to := "0000000000", "4294967295" // ten digits, or a parameter of type DateTime takes no number
	if !v.Window.Begin.IsZero() {
		from = seconds(v.Window.Begin)
	}
	if !v.Window.End.IsZero() {
		to = seconds(v.Window.End)
	}
	return w.single(ctx, doing, verifyTimeout, func(ctx context.Context) error {
		return f(clickhouse.Context(ctx,
			clickhouse.WithSettings(clickhouse.Settings{"log_comment": "mnaflow verify " + v.ID}),
			clickhouse.WithParameters(map[string]string{
				"verify_id": v.ID, "checked_at": fmt.Sprint(v.At.UnixMilli()), "check": check, "from": from, "to": to,
				"accounts": array(v.Accounts), "granularities": array(v.Granularities), "regions": array(v.Regions),
				"gateways": array(v.GatewayTypes), "types": array(v.TrafficTypes),
				"promised_hourly": seconds(v.Promised[flow.Hourly]), "promised_daily": seconds(v.Promised[flow.Daily]),
			})))
	})
}

// array writes a parameter of type Array(String).
func array(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quote(v)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// Relations and conditions that the checks share.
const (
	accountZones = "(SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account)"

	// The days of each account in its present time zone.
	accountDays = `
    (
        SELECT account, time_zone, day, day_begin, day_end
        FROM (SELECT time_zone, day, day_begin, day_end FROM days FINAL) AS d INNER JOIN ` + accountZones + ` AS z USING (time_zone)
    )`

	inRange = "bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}"

	chosenAccount     = "(empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))"
	chosenGranularity = "(empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))"
	chosenRegion      = "(empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))"
	chosenGateway     = "(empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))"
	chosenType        = "(empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))"
	chosenSeries      = chosenAccount + " AND " + chosenGranularity + " AND " + chosenRegion + " AND " + chosenGateway + " AND " + chosenType

	// Days that were asked for in another zone cover nothing, and no view shows them.
	presentZone = "(granularity = 'hourly' OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) FROM series GROUP BY account))"
)
