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
-- Skips a comparison if the configuration does not extract the whole or one of the parts. If it extracts none of them,
-- the words name what it lacks of the other dimensions: with the regions MC and EU, the directions of ALL are skipped
-- for want of ALL.
WITH
(
    SELECT groupUniqArrayArray([
        (account, account),
        (account, toString(granularity)),
        (account, toString(access_region)),
        (account, toString(gateway_type)),
        (account, toString(traffic_type))])
    FROM series FINAL
    WHERE configured
) AS extracted
SELECT
    account, granularity, gateway_type, traffic_type, '' AS access_region,
    greatest(min(expected_from), {from:DateTime('UTC')}) AS begin,
    least(now('UTC'), {to:DateTime('UTC')}) AS ended,
    'MC + AP + EU + AM = ALL' AS compared,
    'skipped' AS verdict,
    CAST(NULL AS Nullable(Int128)) AS lhs,
    CAST(NULL AS Nullable(Int128)) AS rhs,
    arrayFilter(
        v -> NOT has(groupUniqArrayIf(part, configured), v),
        arrayConcat(['MC', 'AP', 'EU', 'AM'], ['ALL'])) AS lacking,
    CAST((account, granularity, gateway_type, traffic_type) AS Tuple(String, String, String, String)) AS others,
    arrayFilter(v -> NOT has(extracted, (account, v)), [others.1, others.2, others.3, others.4]) AS lacking_others,
    if(NOT has(extracted, (account, account)), 'the configuration does not have the account',
        concat('the configuration does not extract ',
            arrayStringConcat(if(empty(lacking_others), lacking, lacking_others), ', '))) AS words,
    0 AS n
FROM
(
    SELECT * EXCEPT access_region, toString(access_region) AS part
    FROM series FINAL
    WHERE (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
)
GROUP BY account, granularity, gateway_type, traffic_type
HAVING uniqExactIf(part, configured) < 5
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
