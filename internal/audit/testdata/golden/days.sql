-- Turns verdicts into results: one row for each bucket that failed, and one for all others of a series with the same
-- verdict and words.
--
-- The columns of a verdict: the five names of a series, empty if they do not apply; begin; ended, or 1970 for the end
-- of the bucket that starts at begin; compared, verdict, lhs, rhs, words; and n, the number of compared buckets.
INSERT INTO check_results
(
    verify_id, checked_at, check_name, state, account, granularity, access_region, gateway_type, traffic_type,
    range_begin, range_end, compared, compared_buckets, left_figure, right_figure, difference, detail
)
SELECT
    {verify_id:UUID},
    fromUnixTimestamp64Milli({checked_at:Int64}, 'UTC'),
    {check:String},
    verdict,
    r.account, granularity, access_region, gateway_type, traffic_type,
    first_begin,
    multiIf(
        last_ended > toDateTime(0, 'UTC'), last_ended,
        granularity = 'hourly', last_begin + 3600,
        d.day_end > toDateTime(0, 'UTC'), d.day_end,
        last_begin + 86400),
    compared, buckets, sum_lhs, sum_rhs, sum_lhs - sum_rhs, words
FROM
(
    SELECT
        account, granularity, access_region, gateway_type, traffic_type, compared, verdict, words,
        min(begin) AS first_begin,
        max(begin) AS last_begin,
        max(ended) AS last_ended,
        sum(n) AS buckets,
        sum(lhs) AS sum_lhs,
        sum(rhs) AS sum_rhs
    FROM
    (
-- Compares the sum of the hours of each day with the day. A day that lacks an hour, or itself, is not compared here: it
-- is a gap, which the check coverage reports.
SELECT
    account, '' AS granularity, access_region, gateway_type, traffic_type,
    d.day_begin AS begin,
    d.day_end AS ended,
    'the hours of a day = the day' AS compared,
    multiIf(
        toMinute(d.day_begin) != 0, 'skipped',
        abs(f.sum_of_hours - f.day_bytes) <= tolerance, 'passed',
        final, 'failed',
        'pending') AS verdict,
    if(verdict = 'skipped', NULL, f.sum_of_hours) AS lhs,
    if(verdict = 'skipped', NULL, f.day_bytes) AS rhs,
    multiIf(
        verdict = 'passed', '',
        verdict = 'skipped', concat('days begin off the full hour in ', d.time_zone),
        verdict = 'pending', 'not all hours are final, and values may still move',
        arrayFirst(w -> w != '', arrayMap(unit -> multiIf(
    least(f.sum_of_hours, f.day_bytes) < 100 * 24, '',
    abs(toFloat64(f.sum_of_hours) - unit.1 * toFloat64(f.day_bytes)) <= unit.1 * 24 + 1e-6 * toFloat64(f.sum_of_hours),
    concat('the sum of the hours', ' is ', unit.2, ' ', 'the day', ': load them again with mnaflow backfill --force'),
    abs(toFloat64(f.day_bytes) - unit.1 * toFloat64(f.sum_of_hours)) <= unit.1 * 24 + 1e-6 * toFloat64(f.day_bytes),
    concat('the day', ' is ', unit.2, ' ', 'the sum of the hours', ': load them again with mnaflow backfill --force'),
    ''),
    [
        (8., '8 times (bits for bytes?)'),
        (1000., '1000 times'),
        (1000000., '1000² times'),
        (1000000000., '1000³ times'),
        (1000000000000., '1000⁴ times'),
        (1024., '1024 times'),
        (1048576., '1024² times'),
        (1073741824., '1024³ times'),
        (1099511627776., '1024⁴ times')
    ])) != '', arrayFirst(w -> w != '', arrayMap(unit -> multiIf(
    least(f.sum_of_hours, f.day_bytes) < 100 * 24, '',
    abs(toFloat64(f.sum_of_hours) - unit.1 * toFloat64(f.day_bytes)) <= unit.1 * 24 + 1e-6 * toFloat64(f.sum_of_hours),
    concat('the sum of the hours', ' is ', unit.2, ' ', 'the day', ': load them again with mnaflow backfill --force'),
    abs(toFloat64(f.day_bytes) - unit.1 * toFloat64(f.sum_of_hours)) <= unit.1 * 24 + 1e-6 * toFloat64(f.day_bytes),
    concat('the day', ' is ', unit.2, ' ', 'the sum of the hours', ': load them again with mnaflow backfill --force'),
    ''),
    [
        (8., '8 times (bits for bytes?)'),
        (1000., '1000 times'),
        (1000000., '1000² times'),
        (1000000000., '1000³ times'),
        (1000000000000., '1000⁴ times'),
        (1024., '1024 times'),
        (1048576., '1024² times'),
        (1073741824., '1024³ times'),
        (1099511627776., '1024⁴ times')
    ])),
        'all are final; if the API restated some between two answers, mnaflow backfill --force brings them together') AS words,
    1 AS n
FROM
(
    SELECT
        account, access_region, gateway_type, traffic_type, day,
        sumIf(toInt128(bytes), granularity = 'hourly') AS sum_of_hours,
        sumIf(toInt128(bytes), granularity = 'daily') AS day_bytes,
        countIf(granularity = 'hourly') AS hours,
        countIf(granularity = 'daily') AS days,
        min(is_final) AS final,
        -- Values with a fraction were rounded to the byte, each of the 25; above 2^53 the API's floats skip numbers.
        if(account IN (SELECT account FROM ledger WHERE rounded > 0), 25, 0)
            + if(day_bytes > 9007199254740992, intDiv(day_bytes, 1000000000), 0) AS tolerance
    FROM facts FINAL
    WHERE (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
        AND bucket >= {from:DateTime('UTC')}
        AND bucket - 172800 < {to:DateTime('UTC')}
        AND (granularity = 'hourly' OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account))
        AND (account, access_region, gateway_type, traffic_type) IN
        (
            SELECT account, access_region, gateway_type, traffic_type
            FROM series FINAL
            WHERE configured
            GROUP BY ALL
            HAVING count() = 2
        )
    GROUP BY account, access_region, gateway_type, traffic_type, day
) AS f
INNER JOIN (
    SELECT account, time_zone, day, day_begin, day_end
    FROM (SELECT time_zone, day, day_begin, day_end FROM days FINAL) AS d
    INNER JOIN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account) AS z USING (time_zone)
) AS d USING (account, day)
WHERE d.day_begin >= {from:DateTime('UTC')}
    AND d.day_begin < {to:DateTime('UTC')}
    AND days = 1
    AND (hours * 3600 = d.day_end - d.day_begin OR toMinute(d.day_begin) != 0)
    )
    GROUP BY
        account, granularity, access_region, gateway_type, traffic_type, compared, verdict, words,
        if(verdict = 'failed', begin, toDateTime(0, 'UTC'))
) AS r
LEFT JOIN (
    SELECT account, time_zone, day, day_begin, day_end
    FROM (SELECT time_zone, day, day_begin, day_end FROM days FINAL) AS d
    INNER JOIN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account) AS z USING (time_zone)
) AS d ON d.account = r.account AND d.day_begin = r.last_begin
