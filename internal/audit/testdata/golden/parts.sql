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
-- Merges keep up with inserts: there are few parts, and few rows that a later version has replaced.
SELECT
    '' AS account, '' AS granularity, '' AS access_region, '' AS gateway_type, '' AS traffic_type,
    toDateTime(0, 'UTC') AS begin,
    now('UTC') AS ended,
    concat('active parts of a partition of ', table, ' < parts at which inserts are delayed') AS compared,
    if(lhs < rhs, 'passed', 'failed') AS verdict,
    toInt128(max(parts)) AS lhs,
    (SELECT toInt128(value) FROM system.merge_tree_settings WHERE name = 'parts_to_delay_insert') AS rhs,
    if(verdict = 'passed', '', 'merges do not keep up: look at system.merges and system.part_log') AS words,
    count() AS n
FROM
(
    SELECT table, partition_id, count() AS parts
    FROM system.parts
    WHERE database = currentDatabase() AND active
    GROUP BY table, partition_id
)
GROUP BY table
UNION ALL
SELECT
    '', '', '', '', '',
    toDateTime(0, 'UTC'),
    now('UTC'),
    'rows of facts < 10 times its keys',
    if(lhs < 1000000 OR lhs < 10 * rhs, 'passed', 'failed') AS verdict,
    (SELECT toInt128(count()) FROM facts) AS lhs,
    (SELECT toInt128(count()) FROM facts FINAL) AS rhs,
    if(verdict = 'passed', '', 'merges do not keep up: look at system.merges and system.part_log'),
    toUInt64(rhs)
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
