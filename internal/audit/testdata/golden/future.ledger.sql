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
-- No row of a table is newer than now.
--
-- A clock that was ahead leaves such rows. Until their time comes, their version wins over every newer answer, and
-- they count as just requested, so no run requests them again. A version may be a minute ahead, for drift, and a time
-- ten minutes, for two machines. If this machine's clock has reached a time, the warehouse's clock is behind: no
-- failure.
--
-- The detail of a failure has statements that date the rows back. They delete nothing: the rows are true answers, and
-- the API may no longer keep those buckets. The statements move versions to just above the highest version that is not
-- ahead. They keep their order and distances, the same in each table. Where a clock jumped by more than a day between
-- two rows, a second remains of the jump. If the rows are still too far apart, they divide the distances by one
-- number. Example: the highest good version is 100, now is 200, and 900 and 950 are ahead; they become 101 and 151. A
-- time becomes that of its version. The statements may run twice. Facts move through a table of their own: within
-- facts, a merge would keep the old row, since its version is higher.
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
