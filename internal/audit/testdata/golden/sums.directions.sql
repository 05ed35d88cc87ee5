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
-- Compares the sum of the parts with the whole, bucket by bucket.
SELECT
    account, granularity, access_region, gateway_type, '' AS traffic_type,
    bucket AS begin,
    toDateTime(0, 'UTC') AS ended,
    'uplink + downlink = total' AS compared,
    multiIf(
        rows < 3, 'skipped',
        abs(together - whole) <= tolerance, 'passed',
        final, 'failed',
        'pending') AS verdict,
    if(rows < 3, NULL, together) AS lhs,
    if(rows < 3, NULL, whole) AS rhs,
    multiIf(
        verdict = 'passed', '',
        verdict = 'skipped', 'not all parts are loaded',
        verdict = 'pending', 'not all parts are final, and values may still move',
        arrayFirst(w -> w != '', arrayMap(unit -> multiIf(
    least(together, whole) < 100 * 2, '',
    abs(toFloat64(together) - unit.1 * toFloat64(whole)) <= unit.1 * 2 + 1e-6 * toFloat64(together),
    concat('uplink + downlink', ' is ', unit.2, ' ', 'total', ': load them again with mnaflow backfill --force'),
    abs(toFloat64(whole) - unit.1 * toFloat64(together)) <= unit.1 * 2 + 1e-6 * toFloat64(whole),
    concat('total', ' is ', unit.2, ' ', 'uplink + downlink', ': load them again with mnaflow backfill --force'),
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
    least(together, whole) < 100 * 2, '',
    abs(toFloat64(together) - unit.1 * toFloat64(whole)) <= unit.1 * 2 + 1e-6 * toFloat64(together),
    concat('uplink + downlink', ' is ', unit.2, ' ', 'total', ': load them again with mnaflow backfill --force'),
    abs(toFloat64(whole) - unit.1 * toFloat64(together)) <= unit.1 * 2 + 1e-6 * toFloat64(whole),
    concat('total', ' is ', unit.2, ' ', 'uplink + downlink', ': load them again with mnaflow backfill --force'),
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
        arrayFirst(w -> w != '', arrayMap((p, name) -> arrayFirst(w -> w != '', arrayMap(unit -> multiIf(
    least(p, (whole - together + p)) < 100 * 2, '',
    abs(toFloat64(p) - unit.1 * toFloat64((whole - together + p))) <= unit.1 * 2 + 1e-6 * toFloat64(p),
    concat(name, ' is ', unit.2, ' ', 'what total leaves for it', ': load them again with mnaflow backfill --force'),
    abs(toFloat64((whole - together + p)) - unit.1 * toFloat64(p)) <= unit.1 * 2 + 1e-6 * toFloat64((whole - together + p)),
    concat('what total leaves for it', ' is ', unit.2, ' ', name, ': load them again with mnaflow backfill --force'),
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
    ])), parts, ['uplink', 'downlink'])) != '', arrayFirst(w -> w != '', arrayMap((p, name) -> arrayFirst(w -> w != '', arrayMap(unit -> multiIf(
    least(p, (whole - together + p)) < 100 * 2, '',
    abs(toFloat64(p) - unit.1 * toFloat64((whole - together + p))) <= unit.1 * 2 + 1e-6 * toFloat64(p),
    concat(name, ' is ', unit.2, ' ', 'what total leaves for it', ': load them again with mnaflow backfill --force'),
    abs(toFloat64((whole - together + p)) - unit.1 * toFloat64(p)) <= unit.1 * 2 + 1e-6 * toFloat64((whole - together + p)),
    concat('what total leaves for it', ' is ', unit.2, ' ', name, ': load them again with mnaflow backfill --force'),
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
    ])), parts, ['uplink', 'downlink'])),
        'all are final; if the API restated some between two answers, mnaflow backfill --force brings them together') AS words,
    1 AS n
FROM
(
    SELECT
        account, granularity, access_region, gateway_type, bucket,
        [sumIf(toInt128(bytes), traffic_type = 'uplink'), sumIf(toInt128(bytes), traffic_type = 'downlink')] AS parts,
        arraySum(parts) AS together,
        sumIf(toInt128(bytes), traffic_type = 'total') AS whole,
        count() AS rows,
        min(is_final) AS final,
        -- Values with a fraction were rounded to the byte, each of them; above 2^53 the API's floats skip numbers.
        if(account IN (SELECT account FROM ledger WHERE rounded > 0), 3, 0)
            + if(whole > 9007199254740992, intDiv(whole, 1000000000), 0) AS tolerance
    FROM facts FINAL
    WHERE (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
        AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
        AND (granularity = 'hourly' OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account))
        AND (account, granularity, access_region, gateway_type) IN
        (
            SELECT account, granularity, access_region, gateway_type
            FROM series FINAL
            WHERE configured
            GROUP BY account, granularity, access_region, gateway_type
            HAVING uniqExact(traffic_type) = 3
        )
    GROUP BY account, granularity, access_region, gateway_type, bucket
)
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
