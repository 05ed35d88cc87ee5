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
-- History has each change that an answer made: as many values of its version that came after another one of their bucket
-- as the answer revised. Late loads may have added some. So it has fewer only if rows of history are gone, that of the
-- answer or the one before.
WITH windows AS
    (
        SELECT
            account, granularity, access_region, gateway_type, traffic_type, version,
            min(window_begin) AS begin,
            max(window_end) AS end,
            any(run_id) AS run_id,
            max(l.revised) AS revised
        FROM ledger AS l FINAL
        WHERE state = 'accepted'
            AND l.revised > 0
            AND (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
            AND (granularity = 'hourly' OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account))
            AND window_begin < {to:DateTime('UTC')}
            AND window_end > {from:DateTime('UTC')}
        GROUP BY account, granularity, access_region, gateway_type, traffic_type, version
    )
SELECT
    account, granularity, access_region, gateway_type, traffic_type,
    begin,
    end AS ended,
    'changes in history = changes of answers' AS compared,
    multiIf(changed >= revised, 'passed', run_id IN (SELECT run_id FROM mnaflow.runs WHERE state = 'running'), 'pending', 'failed') AS verdict,
    toInt128(if(verdict = 'passed', revised, changed)) AS lhs,
    toInt128(revised) AS rhs,
    multiIf(
        verdict = 'passed', '',
        verdict = 'pending', 'their load is under way',
        concat('rows of history are gone: bring it back from a backup, or note the loss in the ledger: INSERT INTO ',
            '`', currentDatabase(), '`.ledger', ' SELECT l.* REPLACE (toUInt32(h.n) AS revised, least(l.retracted, toUInt32(h.n)) ',
            'AS retracted) FROM ', '`', currentDatabase(), '`.ledger', ' AS l FINAL LEFT JOIN (SELECT account, granularity, ',
            'access_region, gateway_type, traffic_type, version, count() AS n FROM (SELECT account, granularity, ',
            'access_region, gateway_type, traffic_type, arrayJoin(arraySlice(arraySort(groupUniqArray(version)), 2)) AS version FROM ',
            '`', currentDatabase(), '`.history', ' FINAL GROUP BY account, granularity, access_region, gateway_type, traffic_type, ',
            'bucket, if(granularity = \'hourly\', \'\', time_zone)) GROUP BY ALL) AS h USING (account, granularity, access_region, gateway_type, traffic_type, version) ',
            'WHERE l.state = \'accepted\' AND l.revised > h.n')) AS words,
    toUInt64(revised) AS n
FROM windows
LEFT JOIN
(
    SELECT account, granularity, access_region, gateway_type, traffic_type, version, count() AS changed
    FROM
    (
        SELECT account, granularity, access_region, gateway_type, traffic_type, arrayJoin(arraySlice(arraySort(groupUniqArray(version)), 2)) AS version
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
