package load

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

const (
	daysCompared = "the hours of a day = the day"
	chosenDays   = chosenAccount + " AND " + chosenRegion + " AND " + chosenGateway + " AND " + chosenType
)

// daysSQL compares the hours of each day with the day. A day of which one or the other is not there yet is left to the coverage.
func daysSQL() string {
	return strings.NewReplacer(
		"%COMPARED", quote(daysCompared), "%ADVICE", quote(asFinal), "%ZONE", presentZone, "%DRIFT", drift("f.sum_of_hours", "f.day_bytes", "'the sum of the hours'", "'the day'", 24),
		"%CHOSEN", chosenDays,
	).Replace(`
    SELECT account, '' AS granularity, access_region, gateway_type, traffic_type, d.day_begin AS begin, d.day_end AS ended, %COMPARED AS compared,
        multiIf(toMinute(d.day_begin) != 0, 'skipped', abs(f.sum_of_hours - f.day_bytes) <= tolerance, 'passed', final, 'failed', 'pending') AS verdict,
        if(verdict = 'skipped', NULL, f.sum_of_hours) AS lhs, if(verdict = 'skipped', NULL, f.day_bytes) AS rhs,
        multiIf(verdict = 'passed', '', verdict = 'skipped', concat('days begin off the full hour in ', d.time_zone),
            verdict = 'pending', 'not all hours are final, and values may still move', %DRIFT != '', %DRIFT, %ADVICE) AS words,
        1 AS n
    FROM
    (
        SELECT account, access_region, gateway_type, traffic_type, day, sumIf(toInt128(bytes), granularity = 'hourly') AS sum_of_hours,
            sumIf(toInt128(bytes), granularity = 'daily') AS day_bytes, countIf(granularity = 'hourly') AS hours, countIf(granularity = 'daily') AS days, min(is_final) AS final,
            if(account IN (SELECT account FROM ledger WHERE rounded > 0), 25, 0) + if(day_bytes > 9007199254740992, intDiv(day_bytes, 1000000000), 0) AS tolerance
        FROM facts FINAL
        WHERE %CHOSEN AND bucket >= {from:DateTime('UTC')} AND bucket - 172800 < {to:DateTime('UTC')} AND %ZONE
            AND (account, access_region, gateway_type, traffic_type) IN
                (SELECT account, access_region, gateway_type, traffic_type FROM series FINAL WHERE configured GROUP BY ALL HAVING count() = 2)
        GROUP BY account, access_region, gateway_type, traffic_type, day
    ) AS f
    INNER JOIN
    ` + accountDays + ` AS d USING (account, day)
    WHERE d.day_begin >= {from:DateTime('UTC')} AND d.day_begin < {to:DateTime('UTC')}
        AND days = 1 AND (hours * 3600 = d.day_end - d.day_begin OR toMinute(d.day_begin) != 0)`)
}

// daysSkippedSQL skips what the configuration does not extract both granularities of.
var daysSkippedSQL = strings.NewReplacer("%COMPARED", quote(daysCompared), "%CHOSEN", chosenDays).Replace(`
    SELECT account, '' AS granularity, access_region, gateway_type, traffic_type,
        greatest(min(expected_from), {from:DateTime('UTC')}) AS begin, least(now('UTC'), {to:DateTime('UTC')}) AS ended,
        %COMPARED AS compared, 'skipped' AS verdict, CAST(NULL AS Nullable(Int128)) AS lhs, CAST(NULL AS Nullable(Int128)) AS rhs,
        if(countIf(configured) = 0, 'the configuration does not extract it',
            concat('the configuration extracts only the granularity ', anyIf(length, configured))) AS words, 0 AS n
    FROM (SELECT * EXCEPT granularity, toString(granularity) AS length FROM series FINAL WHERE %CHOSEN)
    GROUP BY account, access_region, gateway_type, traffic_type HAVING countIf(configured) < 2`)

// Days that do not sum up are tried at every whole hour around their midnight.
const shiftsSQL = `
SELECT account, time_zone, toInt64(shift), matched, tried, newest
FROM
(
    SELECT account, shift, countIf(hours = toInt128(day_bytes)) AS matched, count() AS tried, max(range_begin) AS newest
    FROM
    (
        SELECT d.account AS account, shift, range_begin, any(right_figure) AS day_bytes, sum(toInt128(f.bytes)) AS hours
        FROM
        (
            SELECT account, access_region, gateway_type, traffic_type, range_begin, right_figure, arrayJoin(range(-26, 27)) AS shift,
                arrayJoin(range(toUInt32(intDiv(range_end - range_begin, 3600)))) AS hour, range_begin + (shift + hour) * 3600 AS bucket
            FROM
            (
                SELECT * FROM check_results FINAL
                WHERE verify_id = {verify_id:UUID} AND check_name = {check:String} AND state = 'failed' AND right_figure > 0
                ORDER BY range_begin DESC, access_region, gateway_type, traffic_type LIMIT 200 BY account
            )
        ) AS d
        LEFT JOIN (SELECT * FROM facts FINAL WHERE granularity = 'hourly') AS f USING (account, access_region, gateway_type, traffic_type, bucket)
        GROUP BY account, access_region, gateway_type, traffic_type, range_begin, shift
    )
    GROUP BY account, shift
) AS s
INNER JOIN ` + accountZones + ` AS z USING (account)
WHERE matched >= 3 AND matched >= 0.8 * tried
ORDER BY matched DESC, abs(shift)
LIMIT 1 BY account`

// shifted is an account whose days sum up if they start at another hour.
type shifted struct {
	account, zone  string
	shift          int64 // hours later than in zone
	matched, tried uint64
	newest         time.Time // start of the newest day that was tried
}

// verifyZones finds out whether days that do not sum up would in another time zone, and says which.
func (w *Warehouse) verifyZones(ctx context.Context, v flow.Verification) error {
	var found []shifted
	err := w.verifying(ctx, v, flow.CheckDays, "looking for the time zone of the days", func(ctx context.Context) (err error) {
		found, err = collectRaw(ctx, w, "looking for the time zone of the days", shiftsSQL, func(scan func(...any) error) (s shifted, err error) {
			err = scan(&s.account, &s.zone, &s.shift, &s.matched, &s.tried, &s.newest)
			return s, err
		})
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range found {
		words := fmt.Sprintf("the days sum up if they start %d h later than in %s", s.shift, s.zone)
		if s.shift < 0 {
			words = fmt.Sprintf("the days sum up if they start %d h earlier than in %s", -s.shift, s.zone)
		}
		start := s.newest.Add(time.Duration(s.shift) * time.Hour)
		if zone, ok := flow.MidnightZone([]flow.Point{{Time: start}}); ok {
			words += fmt.Sprintf(": write time_zone: %s for account %s, and run mnaflow run", zone, s.account)
		}
		verdict := fmt.Sprintf(`SELECT %s AS account, '' AS granularity, '' AS access_region, '' AS gateway_type, '' AS traffic_type, toDateTime(%d, 'UTC') AS begin,
    toDateTime(%d, 'UTC') AS ended, 'days that sum up at another hour = days that do not sum up' AS compared, 'failed' AS verdict,
    CAST(%d AS Nullable(Int128)) AS lhs, CAST(%d AS Nullable(Int128)) AS rhs, %s AS words, %d AS n`,
			quote(s.account), s.newest.Unix(), s.newest.Add(24*time.Hour).Unix(), s.matched, s.tried, quote(words), s.tried)
		if err := w.check(ctx, v, flow.CheckDays, "writing the time zone of the days", verdict); err != nil {
			return err
		}
	}
	return nil
}
