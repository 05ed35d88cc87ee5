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
-- Passes a series if every expected bucket, from start to now less settle, is covered or unavailable. gaps.sql reports
-- the others.
SELECT account, granularity, access_region, gateway_type, traffic_type, expected_from AS begin, expected_to AS ended,
    'covered and unavailable buckets = expected buckets' AS compared, 'passed' AS verdict,
    toInt128(covered_buckets + unavailable_buckets) AS lhs, toInt128(expected_buckets) AS rhs,
    if(unavailable_buckets > 0, 'some are older than the API keeps', '') AS words, expected_buckets AS n
FROM mnaflow.series_coverage
WHERE if(
        has({wanted_accounts:Array(String)}, account),
        has({wanted_granularities:Array(String)}, granularity)
            AND has({wanted_regions:Array(String)}, access_region)
            AND has({wanted_gateways:Array(String)}, gateway_type)
            AND has({wanted_types:Array(String)}, traffic_type),
        configured)
    AND failed_buckets + gap_buckets = 0
    AND expected_buckets > 0
    AND (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
    AND expected_from < {to:DateTime('UTC')}
    AND expected_to > {from:DateTime('UTC')}
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
