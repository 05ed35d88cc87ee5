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
-- Each fact has the value that history has for its version: that of the newest history row up to it.
--
-- A difference is pending if two loads ran at the same time. Example: A and B both find 5 in history. A stores 7. Then
-- B stores 5, from a later request, and adds no row to history, for it saw no change. History says 7 and the fact 5
-- until the next load of the bucket completes history; flow_revisions shows the change to 5 before that.
SELECT
    account, granularity, access_region, gateway_type, traffic_type,
    bucket AS begin,
    toDateTime(0, 'UTC') AS ended,
    'the fact = the last of its history' AS compared,
    multiIf(
        found AND (f.reported, f.bytes) = (h_reported, h_bytes), 'passed',
        run_id IN (SELECT run_id FROM mnaflow.runs WHERE state = 'running') OR found AND run_id IN (
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
), 'pending',
        'failed') AS verdict,
    toInt128(f.bytes) AS lhs,
    if(found, toInt128(h_bytes), NULL) AS rhs,
    multiIf(
        verdict = 'passed', '',
        verdict = 'pending', concat('two loads at the same time, or one that is under way; ',
            'the next load of the bucket completes its history'),
        NOT found, concat('history has nothing of it', ': load them again with mnaflow backfill --force'),
        concat('the value was changed by something else than a load: ',
            'load it again with mnaflow backfill --force')) AS words,
    1 AS n
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
) AS f
ASOF LEFT JOIN
(
    SELECT account, granularity, access_region, gateway_type, traffic_type, bucket, version, reported AS h_reported, bytes AS h_bytes, true AS found
    FROM history FINAL
    WHERE (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
        AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
        AND (granularity = 'hourly' OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account))
) AS h
    ON f.account = h.account
    AND f.granularity = h.granularity
    AND f.access_region = h.access_region
    AND f.gateway_type = h.gateway_type
    AND f.traffic_type = h.traffic_type
    AND f.bucket = h.bucket
    AND f.version >= h.version
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
