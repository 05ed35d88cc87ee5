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
-- Each bucket of an accepted window has a fact that is not older than the answer. Thousands of windows may cover the
-- same part of a chunk; only the newest of them is compared. Windows that contradict their own count of buckets are the
-- matter of attempts.sql.
WITH
    windows AS
    (
        SELECT
            account, granularity, access_region, gateway_type, traffic_type, version, run_id,
            greatest(window_begin, {from:DateTime('UTC')}) AS begin,
            least(window_end, {to:DateTime('UTC')}) AS end
        FROM ledger FINAL
        WHERE state = 'accepted'
            AND version BETWEEN {oldest:UInt64} AND {newest:UInt64}
            AND window_begin < {to:DateTime('UTC')} AND window_end > {from:DateTime('UTC')}
            AND (
        if(
            granularity = 'hourly',
            toInt64(toUnixTimestamp(window_end)) - toInt64(toUnixTimestamp(window_begin)) = 3600 * toInt64(buckets),
            abs(
                toInt64(toUnixTimestamp(window_end)) - toInt64(toUnixTimestamp(window_begin)) - 86400 * toInt64(buckets)
            ) < 43200
        )
    )
            AND (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
            AND (granularity = 'hourly' OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account))
    ),
    clips AS
    (
        SELECT
            account, granularity, access_region, gateway_type, traffic_type, version, run_id,
            if(granularity = 'hourly', 86400, 2764800) AS length,
            toUInt32(arrayJoin(range(
                intDiv(toUnixTimestamp(begin), if(granularity = 'hourly', 86400, 2764800)),
                intDiv(toUnixTimestamp(end) - 1, if(granularity = 'hourly', 86400, 2764800)) + 1))) AS chunk,
            greatest(begin, toDateTime(chunk * length, 'UTC')) AS clip_begin,
            least(end, toDateTime((chunk + 1) * length, 'UTC')) AS clip_end
        FROM windows
        WHERE begin < end
    )
SELECT
    account, granularity, access_region, gateway_type, traffic_type,
    clip_begin AS begin,
    clip_end AS ended,
    'facts = buckets of accepted answers' AS compared,
    multiIf(lhs = rhs, 'passed', run_id IN (SELECT run_id FROM mnaflow.runs WHERE state = 'running'), 'pending', 'failed') AS verdict,
    toInt128(arrayCount(f -> f.1 >= clip_begin AND f.1 < clip_end AND f.2 >= newest, facts)) AS lhs,
    toInt128(if(
        granularity = 'hourly',
        intDiv(clip_end - clip_begin, 3600),
        arrayCount(d -> d >= clip_begin AND d < clip_end, begins))) AS rhs,
    multiIf(
        verdict = 'passed', '',
        verdict = 'pending', 'their load is under way',
        granularity = 'daily' AND lhs > rhs, 'days of the calendar are gone: mnaflow run writes them again',
        'facts of an accepted answer are gone: load them again with mnaflow backfill --force') AS words,
    toUInt64(rhs) AS n
FROM
(
    SELECT
        account, granularity, access_region, gateway_type, traffic_type, chunk, clip_begin, clip_end,
        max(version) AS newest,
        argMax(run_id, version) AS run_id
    FROM clips
    GROUP BY account, granularity, access_region, gateway_type, traffic_type, chunk, clip_begin, clip_end
) AS w
LEFT JOIN
(
    SELECT
        account, granularity, access_region, gateway_type, traffic_type,
        toUInt32(intDiv(toUnixTimestamp(bucket), if(granularity = 'hourly', 86400, 2764800))) AS chunk,
        groupArray((bucket, version)) AS facts
    FROM (
    SELECT *
    FROM facts FINAL
    WHERE (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
        AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
        AND (granularity = 'hourly' OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account))
)
    GROUP BY account, granularity, access_region, gateway_type, traffic_type, chunk
) AS f USING (account, granularity, access_region, gateway_type, traffic_type, chunk)
LEFT JOIN
(
    SELECT account, toUInt32(intDiv(toUnixTimestamp(day_begin), 2764800)) AS chunk, groupArray(day_begin) AS begins
    FROM (
    SELECT account, time_zone, day, day_begin, day_end
    FROM (SELECT time_zone, day, day_begin, day_end FROM days FINAL) AS d
    INNER JOIN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account) AS z USING (time_zone)
)
    GROUP BY account, chunk
) AS d USING (account, chunk)
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
