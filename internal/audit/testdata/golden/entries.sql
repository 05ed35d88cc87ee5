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
-- Each fact has the version of an accepted ledger entry whose window contains it.
--
-- A load writes facts before their entry. So while a load runs, facts may lack an entry for a moment: they are pending.
-- After a load was killed they lack it until a run loads them again: they fail, unless the API no longer keeps them
-- (unavailable), for then no run can load them again.
WITH configured AS (SELECT account, granularity, access_region, gateway_type, traffic_type FROM series FINAL WHERE configured)
SELECT
    account, granularity, access_region, gateway_type, traffic_type,
    f.first AS begin,
    if(verdict = 'failed', f.last + 1, toDateTime(0, 'UTC')) AS ended,
    'facts = facts of accepted answers' AS compared,
    multiIf(
        f.first >= window_begin AND f.last < window_end, 'passed',
        run_id IN (SELECT run_id FROM mnaflow.runs WHERE state = 'running'), 'pending',
        f.first >= refused_begin AND f.last < refused_end AND run_id IN (SELECT run_id FROM mnaflow.runs WHERE state = 'lost'), 'passed',
        run_id IN (SELECT run_id FROM mnaflow.runs WHERE state = 'lost') AND (account, granularity, access_region, gateway_type, traffic_type) NOT IN configured, 'skipped',
        'failed') AS verdict,
    toInt128(n) AS lhs,
    if(verdict = 'passed', toInt128(n), 0) AS rhs,
    multiIf(
        verdict = 'passed', '',
        verdict = 'pending', 'their load is under way',
        verdict = 'skipped', 'their load was killed, and the configuration does not extract them any more',
        run_id IN (SELECT run_id FROM mnaflow.runs WHERE state = 'lost'),
        concat('no answer that the ledger has covers them, since their load was killed: ',
            'mnaflow run loads them again if they are due, else mnaflow backfill --force'),
        'no answer that the ledger has covers them: load them again with mnaflow backfill --force') AS words,
    f.n AS n
FROM
(
    SELECT
        account, granularity, access_region, gateway_type, traffic_type, version,
        any(run_id) AS run_id,
        min(bucket) AS first,
        max(bucket) AS last,
        count() AS n
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
    GROUP BY account, granularity, access_region, gateway_type, traffic_type, version
) AS f
LEFT JOIN
(
    SELECT account, granularity, access_region, gateway_type, traffic_type, version, min(window_begin) AS window_begin, max(window_end) AS window_end
    FROM ledger
    WHERE state = 'accepted'
        AND (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
    GROUP BY account, granularity, access_region, gateway_type, traffic_type, version
) AS l USING (account, granularity, access_region, gateway_type, traffic_type, version)
LEFT JOIN
(
    SELECT account, granularity, access_region, gateway_type, traffic_type, min(window_begin) AS refused_begin, max(window_end) AS refused_end
    FROM ledger
    WHERE state = 'unavailable'
        AND (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
        AND (granularity = 'hourly' OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account))
    GROUP BY account, granularity, access_region, gateway_type, traffic_type
) AS r USING (account, granularity, access_region, gateway_type, traffic_type)
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
