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
-- A row of history says whether the value before it had been declared final. The newest answer before it that covers
-- its bucket had declared that, or not; if there is none, there was nothing to declare. Where it may have been
-- another one, nothing is compared: beside loads at the same time or of another time zone, and after loads that were
-- cut short, whose facts have no entry in the ledger.
--
-- The figures are the versions of both, by which the advice finds the row. It finds one row of a bucket at a time.
WITH
    (
        SELECT groupArray((started_at, coalesce(finished_at, toDateTime64('2299-12-31 00:00:00', 6, 'UTC'))))
        FROM mnaflow.runs
        WHERE state NOT IN ('done', 'partial', 'denied')
    ) AS cut_short,
    moved AS (SELECT account, granularity, access_region, gateway_type, traffic_type FROM ledger GROUP BY account, granularity, access_region, gateway_type, traffic_type HAVING uniqExact(time_zone) > 1),
    rows AS
    (
        SELECT
            account, granularity, access_region, gateway_type, traffic_type, bucket, version, run_id, observed_at, was_final,
            toUInt32(intDiv(toUnixTimestamp(bucket), if(granularity = 'hourly', 86400, 2764800))) AS chunk
        FROM
        (
            SELECT
                *,
                row_number() OVER (PARTITION BY account, granularity, access_region, gateway_type, traffic_type, bucket ORDER BY version) AS place
            FROM history FINAL
            WHERE (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
                AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
                AND (granularity = 'hourly' OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account))
        )
        WHERE (was_final OR place > 1)
            AND run_id NOT IN (
    SELECT run_id
    FROM
    (
        SELECT run_id, span.2 AS began, span.3 AS ended,
            max(ended) OVER
                (PARTITION BY span.1 ORDER BY began, run_id
                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS others_ended,
            leadInFrame(began, 1, toDateTime64('2299-12-31 00:00:00', 6, 'UTC')) OVER
                (PARTITION BY span.1 ORDER BY began, run_id
                 ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_began
        FROM
        (
            SELECT run_id, arrayJoin([
    (
        'program',
        toDateTime64(started_at, 6),
        multiIf(
            state != 'running', toDateTime64(coalesce(finished_at, written_at), 6),
            beat_at < now64(6) - toIntervalMinute(10), written_at + toIntervalMinute(10),
            toDateTime64('2299-12-31 00:00:00', 6, 'UTC'))
    ),
    (
        'warehouse',
        beat_at - toIntervalMicrosecond(greatest(0, dateDiff('microsecond', toDateTime64(started_at, 6), written_at))),
        multiIf(
            state != 'running', beat_at,
            beat_at < now64(6) - toIntervalMinute(10), beat_at + toIntervalMinute(10),
            toDateTime64('2299-12-31 00:00:00', 6, 'UTC'))
    )
]) AS span
            FROM run_states FINAL
            WHERE command != 'remade'
        )
    )
    WHERE began <= others_ended OR next_began <= ended
)
            AND (granularity = 'hourly' OR (account, granularity, access_region, gateway_type, traffic_type) NOT IN moved)
    )
SELECT
    account, granularity, access_region, gateway_type, traffic_type,
    bucket AS begin,
    toDateTime(0, 'UTC') AS ended,
    'what was final in history = what the answer before it says' AS compared,
    multiIf(
        before.1 > 0 AND before.2 IS NULL OR before.3 = run_id OR before.3 IN (
    SELECT run_id
    FROM
    (
        SELECT run_id, span.2 AS began, span.3 AS ended,
            max(ended) OVER
                (PARTITION BY span.1 ORDER BY began, run_id
                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS others_ended,
            leadInFrame(began, 1, toDateTime64('2299-12-31 00:00:00', 6, 'UTC')) OVER
                (PARTITION BY span.1 ORDER BY began, run_id
                 ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_began
        FROM
        (
            SELECT run_id, arrayJoin([
    (
        'program',
        toDateTime64(started_at, 6),
        multiIf(
            state != 'running', toDateTime64(coalesce(finished_at, written_at), 6),
            beat_at < now64(6) - toIntervalMinute(10), written_at + toIntervalMinute(10),
            toDateTime64('2299-12-31 00:00:00', 6, 'UTC'))
    ),
    (
        'warehouse',
        beat_at - toIntervalMicrosecond(greatest(0, dateDiff('microsecond', toDateTime64(started_at, 6), written_at))),
        multiIf(
            state != 'running', beat_at,
            beat_at < now64(6) - toIntervalMinute(10), beat_at + toIntervalMinute(10),
            toDateTime64('2299-12-31 00:00:00', 6, 'UTC'))
    )
]) AS span
            FROM run_states FINAL
            WHERE command != 'remade'
        )
    )
    WHERE began <= others_ended OR next_began <= ended
), 'skipped',
        arrayExists(r -> r.1 <= observed_at AND r.2 >= before.4, cut_short), 'skipped',
        was_final = coalesce(bucket < before.2, false), 'passed',
        'failed') AS verdict,
    if(verdict = 'failed', toInt128(version), NULL) AS lhs,
    if(verdict = 'failed', toInt128(before.1), NULL) AS rhs,
    multiIf(
        verdict = 'passed', '',
        verdict = 'skipped', 'another load may have declared it',
        was_final, {history_was_not_final:String},
        {history_was_final:String}) AS words,
    1 AS n
FROM
(
    SELECT
        account, granularity, access_region, gateway_type, traffic_type, bucket, h.version AS version,
        any(h.run_id) AS run_id,
        any(h.observed_at) AS observed_at,
        any(h.was_final) AS was_final,
        argMaxIf(
            (l.version, l.final_before, l.run_id, l.sent_at), l.version,
            l.version < h.version AND h.bucket >= l.window_begin AND h.bucket < l.window_end) AS before
    FROM rows AS h
    LEFT JOIN
    (
        SELECT
            account, granularity, access_region, gateway_type, traffic_type, window_begin, window_end, version, final_before, run_id, sent_at,
            toUInt32(arrayJoin(range(
                intDiv(toUnixTimestamp(window_begin), if(granularity = 'hourly', 86400, 2764800)),
                intDiv(toUnixTimestamp(window_end) - 1, if(granularity = 'hourly', 86400, 2764800)) + 1))) AS chunk
        FROM ledger FINAL
        WHERE state = 'accepted'
            AND version BETWEEN {oldest:UInt64} AND {newest:UInt64}
            AND window_begin < {to:DateTime('UTC')} AND window_end > {from:DateTime('UTC')}
            AND (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
            AND (account, granularity, access_region, gateway_type, traffic_type, chunk) IN (SELECT account, granularity, access_region, gateway_type, traffic_type, chunk FROM rows)
    ) AS l USING (account, granularity, access_region, gateway_type, traffic_type, chunk)
    GROUP BY account, granularity, access_region, gateway_type, traffic_type, bucket, version
)
ORDER BY verdict = 'failed', version
LIMIT 1 BY account, granularity, access_region, gateway_type, traffic_type, bucket, verdict
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
