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
-- An entry of the ledger does not contradict itself. What was accepted has no class of error. What was not has one, and no
-- checksum. It was asked and answered while its run lived; clocks differ, and are set, so a day more is allowed. A time that
-- is in the future, or was dated back to that of its version, is the matter of future.sql.
--
-- An answer came after its request, unless the clock was set back in between. If that was by more than half an hour, it
-- shows in the run: a later request, or its end, has an earlier time.
SELECT
    account, granularity, access_region, gateway_type, traffic_type, begin, ended,
    [
        'the state of an attempt = what else its entry says',
        'the request of an answer = one that has an id',
        'the window of an answer = as many buckets as its entry counts',
        'what is final in an answer = what was over when it was asked for',
        'the times of an attempt = those of its run',
        'the counts of an attempt = counts that may be together',
        'the time of an answer = one after that of its request'
    ][place] AS compared,
    if(faults[place], 'failed', 'passed') AS verdict,
    NULL AS lhs,
    NULL AS rhs,
    multiIf(
        verdict = 'passed', '',
        place = 1, concat('the state was changed by something else than a load', ': load them again with mnaflow backfill --force',
            '; then let the entries say what they are now: INSERT INTO ', '`', currentDatabase(), '`.ledger',
            ' SELECT l.* REPLACE (if(l.state = \'accepted\', l.checksum, NULL) AS checksum, multiIf(l.state = ',
            '\'accepted\', \'\', l.error_class = \'\', \'transient\', l.error_class) AS error_class) FROM ',
            '`', currentDatabase(), '`.ledger', ' AS l FINAL WHERE if(l.state = \'accepted\', l.error_class != \'\', ',
            'l.error_class = \'\' OR l.checksum IS NOT NULL)'),
        place = 2, concat('the ids of these requests are gone: bring them back from a backup, or note that they are unknown: ',
            'INSERT INTO ', '`', currentDatabase(), '`.ledger', ' SELECT t.* REPLACE (\'unknown\' AS request_id) FROM ',
            '`', currentDatabase(), '`.ledger', ' AS t FINAL WHERE t.state = \'accepted\' AND t.request_id = \'\'; ',
            'INSERT INTO ', '`', currentDatabase(), '`.facts', ' SELECT t.* REPLACE (\'unknown\' AS request_id) FROM ',
            '`', currentDatabase(), '`.facts', ' AS t FINAL WHERE t.request_id = \'\'; ',
            'INSERT INTO ', '`', currentDatabase(), '`.history', ' SELECT t.* REPLACE (\'unknown\' AS request_id) FROM ',
            '`', currentDatabase(), '`.history', ' AS t FINAL WHERE t.request_id = \'\''),
        place = 3, concat('the window was changed by something else than a load: let it end where its buckets do: INSERT INTO ',
            '`', currentDatabase(), '`.ledger', ' SELECT l.* REPLACE (if(l.granularity = \'hourly\' OR empty(d.begins), ',
            'l.window_begin + l.buckets * if(l.granularity = \'hourly\', 3600, 86400), arraySort(b -> ',
            'abs(toInt64(toUnixTimestamp(b)) - toInt64(toUnixTimestamp(l.window_begin)) - 86400 * toInt64(l.buckets)), ',
            'd.begins)[1]) AS window_end) FROM ', '`', currentDatabase(), '`.ledger', ' AS l FINAL LEFT JOIN (SELECT time_zone, ',
            'groupArray(day_begin) AS begins FROM ', '`', currentDatabase(), '`.days', ' FINAL GROUP BY time_zone) AS d ',
            'USING time_zone WHERE l.state = \'accepted\' AND abs(toInt64(toUnixTimestamp(l.window_end)) - ',
            'toInt64(toUnixTimestamp(l.window_begin)) - if(l.granularity = \'hourly\', 3600, 86400) * ',
            'toInt64(l.buckets)) >= if(l.granularity = \'hourly\', 1, 43200)'),
        place = 4, concat('it was changed by something else than a load', ': load them again with mnaflow backfill --force',
            '; then compare it no more: INSERT INTO ', '`', currentDatabase(), '`.ledger',
            ' SELECT l.* REPLACE (NULL AS final_before) FROM ', '`', currentDatabase(), '`.ledger',
            ' AS l FINAL WHERE l.state = \'accepted\' AND l.final_before > l.sent_at'),
        place = 5, concat('take a time that fits: INSERT INTO ', '`', currentDatabase(), '`.ledger',
            ' SELECT l.* REPLACE (multiIf(l.sent_at BETWEEN r.b AND r.e, l.sent_at, l.answered_at BETWEEN r.b AND r.e, ',
            'l.answered_at, r.s) AS sent_at, multiIf(l.answered_at BETWEEN r.b AND r.e, l.answered_at, ',
            'l.sent_at BETWEEN r.b AND r.e, l.sent_at, r.s) AS answered_at) FROM ', '`', currentDatabase(), '`.ledger',
            ' AS l FINAL INNER JOIN (SELECT run_id, started_at AS s, s - 86400 AS b, greatest(coalesce(finished_at, s), ',
            'toDateTime64(written_at, 3)) + 86400 AS e FROM ', '`', currentDatabase(), '`.run_states',
            ' FINAL) AS r USING run_id WHERE NOT l.answered_at BETWEEN r.b AND r.e OR NOT l.sent_at BETWEEN r.b AND r.e ',
            'AND toUnixTimestamp64Milli(l.sent_at) != intDiv(l.version, 1000)'),
        place = 6, concat('the counts were changed by something else than a load: let them fit each other: INSERT INTO ',
            '`', currentDatabase(), '`.ledger', ' WITH l.state = \'accepted\' AS s, ',
            'if(s, least(l.reported, l.buckets), l.reported) AS p, ',
            'if(s, greatest(l.points, p), l.points) AS q, if(s, least(l.dropped, q - p), l.dropped) AS d, ',
            'if(s, least(l.rounded, p), l.rounded) AS r, if(s, least(l.floored, p), l.floored) AS o, ',
            'if(s, least(l.revised, l.buckets), 0) AS c, if(s, least(l.retracted, c, l.buckets - p), 0) AS e, ',
            'if(s, greatest(l.attempts, 1), l.attempts) AS t, multiIf(l.state = \'unavailable\', 0, ',
            'l.state = \'failed\' AND l.error_class NOT IN (\'\', \'transient\', \'throttled\', \'denied\'), ',
            'greatest(l.failures, 1), l.failures) AS f SELECT l.* REPLACE (p AS reported, q AS points, d AS dropped, ',
            'r AS rounded, o AS floored, c AS revised, e AS retracted, t AS attempts, f AS failures) FROM ',
            '`', currentDatabase(), '`.ledger', ' AS l FINAL WHERE (l.reported, l.points, l.dropped, l.rounded, l.floored, ',
            'l.revised, l.retracted, l.attempts, l.failures) != (p, q, d, r, o, c, e, t, f)'),
        place = 7, concat('the time was changed by something else than a load: take that of the request: INSERT INTO ',
            '`', currentDatabase(), '`.ledger', ' SELECT l.* REPLACE (l.sent_at AS answered_at) FROM ',
            '`', currentDatabase(), '`.ledger',
            ' AS l FINAL WHERE l.state = \'accepted\' AND l.answered_at + 1800 < l.sent_at'),
        '') AS words,
    n
FROM
(
    -- All entries of a series without a fault are one row.
    SELECT
        account, granularity, access_region, gateway_type, traffic_type, faults,
        min(window_begin) AS begin,
        max(window_end) AS ended,
        count() AS n,
        arrayJoin(arrayEnumerate(faults)) AS place
    FROM
    (
        SELECT
            account, granularity, access_region, gateway_type, traffic_type, window_begin, window_end,
            [
                if(state = 'accepted', error_class != '', error_class = '' OR checksum IS NOT NULL),
                state = 'accepted' AND request_id = '',
                state = 'accepted' AND NOT (
        if(
            granularity = 'hourly',
            toInt64(toUnixTimestamp(window_end)) - toInt64(toUnixTimestamp(window_begin)) = 3600 * toInt64(buckets),
            abs(toInt64(toUnixTimestamp(window_end)) - toInt64(toUnixTimestamp(window_begin)) - 86400 * toInt64(buckets)) < 43200
        )
    ),
                state = 'accepted' AND coalesce(final_before > sent_at, false)
                    AND toUnixTimestamp64Milli(sent_at) != intDiv(version, 1000),
                run_began > toDateTime64(0, 3) AND run_began < fromUnixTimestamp64Milli({checked_at:Int64}) + 86400
                    AND (
                        NOT answered_at BETWEEN run_began - 86400 AND run_ended + 86400
                        OR NOT sent_at BETWEEN run_began - 86400 AND run_ended + 86400
                            AND sent_at < now64(3) + toIntervalMinute(10)
                            AND toUnixTimestamp64Milli(sent_at) != intDiv(version, 1000)),
                multiIf(
                    state = 'accepted',
                    reported > buckets OR reported + dropped > points OR rounded > reported OR floored > reported
                        OR retracted > revised OR reported + retracted > buckets OR revised > buckets OR attempts = 0,
                    revised > 0 OR retracted > 0
                        OR state = 'unavailable' AND failures > 0
                        OR state = 'failed' AND failures = 0
                            AND error_class NOT IN ('', 'transient', 'throttled', 'denied')),
                state = 'accepted' AND answered_at + 1800 < sent_at AND coalesce(sent_at <= run_finished, false)
                    AND answered_at >= run_began - 86400 AND run_id NOT IN (
                    SELECT run_id
                    FROM
                    (
                        SELECT
                            run_id, sent_at,
                            min(sent_at) OVER
                                (PARTITION BY run_id ORDER BY version
                                 ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS earliest
                        FROM ledger FINAL
                        WHERE run_id IN
                            (SELECT run_id FROM ledger WHERE state = 'accepted' AND answered_at + 1800 < sent_at)
                    )
                    WHERE earliest < sent_at
                )
            ] AS faults
        FROM
        (
            SELECT *
            FROM ledger FINAL
            WHERE (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
                AND window_begin < {to:DateTime('UTC')}
                AND window_end > {from:DateTime('UTC')}
        ) AS l
        LEFT JOIN
        (
            SELECT
                run_id,
                started_at AS run_began,
                finished_at AS run_finished,
                greatest(coalesce(finished_at, started_at), toDateTime64(written_at, 3)) AS run_ended
            FROM run_states FINAL
        ) AS r USING (run_id)
    )
    GROUP BY
        account, granularity, access_region, gateway_type, traffic_type, faults,
        if(has(faults, 1), window_begin, toDateTime(0, 'UTC')), if(has(faults, 1), window_end, toDateTime(0, 'UTC'))
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
