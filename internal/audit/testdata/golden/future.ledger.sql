-- It turns verdicts into results: what agrees becomes one row a series, what does not one row a bucket.
--
-- A row of verdicts has the names of a series, as far as they apply; begin; ended, which is 1970 where it is the end of
-- the bucket that starts at begin; compared, verdict, lhs, rhs, words; and n, how many buckets it is about.
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
-- Nothing in a table is newer than now. A clock that was ahead stamps what it stores with a version that counts as the
-- newest until then, and with a time after which nothing is asked for again. A minute is for clocks that drift, ten are
-- for those of two machines. What this machine's clock has reached is not ahead: then the warehouse's is behind.
--
-- What was stored is what the API said, and the API may not keep it any more; so the statements that mend it date it
-- back, and remove nothing. Versions move to right above the highest one that is not ahead, in their order and in each
-- table alike. Where a clock has jumped between two of them, a second remains; where they still reach beyond now, they
-- move closer together. A time moves to that of the version. The statements name what they move, and may be repeated.
-- Facts lie beside their table meanwhile: in it, a merge would keep the row with the higher version of two.
WITH
    {clock:UInt64} + 60000000 AS soon,
    (SELECT (count(), min(version), max(version)) FROM (SELECT version FROM facts UNION ALL SELECT version FROM history UNION ALL SELECT version FROM ledger) WHERE version > soon) AS future,
    (SELECT max(version) FROM (SELECT version FROM facts UNION ALL SELECT version FROM history UNION ALL SELECT version FROM ledger) WHERE version <= soon AND future.1 > 0) AS below,
    (
        SELECT (groupArray(version), groupArray(gap - 1000000))
        FROM
        (
            SELECT version, toUInt64(version - lagInFrame(version, 1, version) OVER (ORDER BY version)) AS gap
            FROM (SELECT DISTINCT version FROM (SELECT version FROM facts UNION ALL SELECT version FROM history UNION ALL SELECT version FROM ledger) WHERE version > soon)
        )
        WHERE gap > 86400000000
    ) AS jumps,
    future.3 - future.2 - arraySum(jumps.2) AS width,
    if(below = 0, toUInt64({clock:UInt64} - width), below + 1) AS base,
    intDiv(width, greatest({clock:UInt64}, base + 1) - base) + 1 AS shrunk,
    if(empty(jumps.1), '', concat(' - arraySum((v, gap) -> if(t.version >= v, gap, 0), ', toString(jumps.1), ', ',
        toString(jumps.2), ')')) AS jumped,
    concat('version BETWEEN ', toString(future.2), ' AND ', toString(future.3)) AS moved,
    concat(
        'INSERT INTO `mnaflow`.`ledger` SELECT * REPLACE (toUInt64(', toString(base),
        ' + intDiv(t.version - ', toString(future.2), jumped, ', ', toString(shrunk), ')) AS version) ',
        'FROM `mnaflow`.`ledger` AS t WHERE t.', moved,
        '; ALTER TABLE `mnaflow`.`ledger` DELETE WHERE ', moved, ' SETTINGS mutations_sync = 2'
    ) AS move_versions,
    'ALTER TABLE `mnaflow`.`ledger` UPDATE sent_at = fromUnixTimestamp64Milli(toInt64(intDiv(version, 1000)), \'UTC\') WHERE sent_at > now64(3) + toIntervalMinute(10) SETTINGS mutations_sync = 2' AS move_times
SELECT
    '' AS account, '' AS granularity, '' AS access_region, '' AS gateway_type, '' AS traffic_type,
    if(found = 0, toDateTime(0, 'UTC'), first) AS begin,
    if(found = 0, now('UTC'), last) AS ended,
    'rows of ledger from the future = 0' AS compared,
    if(ahead = 0, 'passed', 'failed') AS verdict,
    toInt128(if(verdict = 'passed', 0, found)) AS lhs,
    toInt128(0) AS rhs,
    if(verdict = 'passed', '', concat(
        'a clock was ahead, up to ', toString(newest), ' UTC; while nothing loads, date back what it dated: ',
        arrayStringConcat(arrayConcat(if(versions > 0, [move_versions], []), if(times > 0, [move_times], [])), '; '),
        '; and load it anew: mnaflow backfill --from ', formatDateTime(first, '%FT%TZ', 'UTC'),
        ' --to ', formatDateTime(last, '%FT%TZ', 'UTC'), ' --force')) AS words,
    found AS n
FROM
(
    SELECT
        count() AS found,
        countIf(version > toUnixTimestamp64Micro(now64(6) + toIntervalMinute(1))
            OR sent_at > fromUnixTimestamp64Milli({checked_at:Int64}, 'UTC') + toIntervalMinute(10)) AS ahead,
        countIf(version > toUnixTimestamp64Micro(now64(6) + toIntervalMinute(1))) AS versions,
        countIf(sent_at > now64(3) + toIntervalMinute(10)) AS times,
        min(window_begin) AS first,
        max(window_end) AS last,
        max(greatest(toDateTime(sent_at, 'UTC'), toDateTime(intDiv(version, 1000000), 'UTC'))) AS newest
    FROM ledger
    WHERE version > toUnixTimestamp64Micro(now64(6) + toIntervalMinute(1)) OR sent_at > now64(3) + toIntervalMinute(10)
)
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
