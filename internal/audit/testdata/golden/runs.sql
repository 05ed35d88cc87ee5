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
-- The ledger has as many accepted entries of each run as the run counted, or more: whoever removes a series, an account or
-- a partition with its entries does not think of the runs. A run that still goes on, or was killed, may not have counted
-- its last windows. Runs are compared if the verification selects nothing.
SELECT
    '' AS account, '' AS granularity, '' AS access_region, '' AS gateway_type, '' AS traffic_type,
    toDateTime(min(started_at), 'UTC') AS begin,
    toDateTime(max(started_at), 'UTC') + 1 AS ended,
    'accepted entries of runs = windows that the runs stored' AS compared,
    if(lost, 'failed', 'passed') AS verdict,
    toInt128(sum(entries)) AS lhs,
    toInt128(sum(accepted)) AS rhs,
    if(lost, concat('entries of the ledger are gone: bring it back from a backup, or load what is missing and note the loss in the ',
            'runs: INSERT INTO ', '`', currentDatabase(), '`.run_states', ' SELECT r.* REPLACE (\'failed\' AS state, ',
            'l.n AS accepted, r.written_at + toIntervalMicrosecond(1) AS written_at) FROM ',
            '`', currentDatabase(), '`.run_states', ' AS r FINAL LEFT JOIN (SELECT run_id, count() AS n FROM ',
            '`', currentDatabase(), '`.ledger', ' FINAL WHERE state = \'accepted\' GROUP BY run_id) AS l USING run_id ',
            'WHERE r.state != \'running\' AND r.accepted > l.n OR r.state IN (\'done\', \'partial\', \'denied\') ',
            'AND run_id IN (SELECT run_id FROM ', '`', currentDatabase(), '`.history', ' FINAL WHERE (account, granularity, access_region, gateway_type, traffic_type, version) ',
            'NOT IN (SELECT account, granularity, access_region, gateway_type, traffic_type, version FROM ',
            '`', currentDatabase(), '`.ledger', ' WHERE state = \'accepted\'))'), '') AS words,
    toUInt64(count()) AS n
FROM
(
    SELECT r.started_at AS started_at, r.accepted AS accepted, l.entries AS entries, entries < accepted AS lost
    FROM run_states AS r FINAL
    LEFT JOIN
    (
        SELECT run_id, count() AS entries
        FROM ledger FINAL
        WHERE state = 'accepted'
        GROUP BY run_id
    ) AS l USING (run_id)
    WHERE r.state != 'running'
)
WHERE empty({accounts:Array(String)})
    AND empty({granularities:Array(String)})
    AND empty({regions:Array(String)})
    AND empty({gateways:Array(String)})
    AND empty({types:Array(String)})
    AND {from:DateTime('UTC')} = toDateTime(0, 'UTC')
GROUP BY lost
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
