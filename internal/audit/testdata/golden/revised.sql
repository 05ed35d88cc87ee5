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
-- History has each change that an answer made: as many values of its version that came after another one of their
-- bucket as the answer revised, and among them as many without a value as it retracted. Late loads may have added
-- some. So it has fewer only if rows of history are gone, that of the answer or the one before, or if the entry was
-- changed.
WITH windows AS
    (
        SELECT
            account, granularity, access_region, gateway_type, traffic_type, version,
            min(window_begin) AS begin,
            max(window_end) AS end,
            any(run_id) AS run_id,
            max(l.revised) AS revised,
            max(l.retracted) AS retracted
        FROM ledger AS l FINAL
        WHERE state = 'accepted'
            AND version BETWEEN {oldest:UInt64} AND {newest:UInt64}
            AND window_begin < {to:DateTime('UTC')} AND window_end > {from:DateTime('UTC')}
            AND (l.revised > 0 OR l.retracted > 0)
            AND (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
            AND (granularity = 'hourly' OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account))
        GROUP BY account, granularity, access_region, gateway_type, traffic_type, version
    )
SELECT
    account, granularity, access_region, gateway_type, traffic_type,
    begin,
    end AS ended,
    if(changed < revised OR withdrawn >= retracted, 'changes in history = changes of answers',
        'retractions in history = retractions of answers') AS compared,
    multiIf(
        changed >= revised AND withdrawn >= retracted, 'passed',
        run_id IN (SELECT run_id FROM mnaflow.runs WHERE state = 'running'), 'pending',
        'failed') AS verdict,
    toInt128(multiIf(verdict = 'passed', revised, changed < revised, changed, withdrawn)) AS lhs,
    toInt128(if(verdict = 'passed' OR changed < revised, revised, retracted)) AS rhs,
    multiIf(
        verdict = 'passed', '',
        verdict = 'pending', 'their load is under way',
        {lost_history:String}) AS words,
    toUInt64(revised) AS n
FROM windows
LEFT JOIN
(
    SELECT account, granularity, access_region, gateway_type, traffic_type, change.1 AS version, count() AS changed, countIf(NOT change.2) AS withdrawn
    FROM
    (
        SELECT
            account, granularity, access_region, gateway_type, traffic_type,
            -- Sorted by version; what comes first is no change.
            arrayJoin(arraySlice(arraySort(groupUniqArray((version, reported))), 2)) AS change
        FROM history FINAL
        WHERE (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
            AND (granularity = 'hourly' OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account))
            AND bucket >= (SELECT min(begin) FROM windows)
            AND bucket < (SELECT max(end) FROM windows)
        GROUP BY account, granularity, access_region, gateway_type, traffic_type, bucket
    )
    GROUP BY account, granularity, access_region, gateway_type, traffic_type, version
) AS h USING (account, granularity, access_region, gateway_type, traffic_type, version)
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
