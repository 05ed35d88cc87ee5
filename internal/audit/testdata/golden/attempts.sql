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
-- An entry of the ledger does not contradict itself. What was accepted has no class of error. What was not has one,
-- and no checksum. It was asked and answered while its run lived; clocks differ, and are set, so a day more is
-- allowed. A time that is in the future, or was dated back to that of its version, is the matter of future.sql.
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
        'the time of an answer = one after that of its request',
        'the end of an answer = one that had come when it was requested'
    ][place] AS compared,
    if(bitTest(faults, place - 1), 'failed', 'passed') AS verdict,
    NULL AS lhs,
    NULL AS rhs,
    multiIf(
        verdict = 'passed', '',
        place = 1, {wrong_state:String},
        place = 2, {lost_requests:String},
        place = 3, {wrong_window:String},
        place = 4, {wrong_finality:String},
        place = 5, {wrong_times:String},
        place = 6, {wrong_counts:String},
        place = 7, {wrong_order:String},
        place = 8, {wrong_end:String},
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
        arrayJoin(range(1, 9)) AS place
    FROM
    (
        SELECT
            account, granularity, access_region, gateway_type, traffic_type, window_begin, window_end,
            -- A bit for each of the comparisons.
            toUInt8(
                if(state = 'accepted', error_class != '', error_class = '' OR checksum IS NOT NULL)
                + 2 * (state = 'accepted' AND request_id = '')
                + 4 * (state = 'accepted' AND NOT (
        if(
            granularity = 'hourly',
            toInt64(toUnixTimestamp(window_end)) - toInt64(toUnixTimestamp(window_begin)) = 3600 * toInt64(buckets),
            abs(
                toInt64(toUnixTimestamp(window_end)) - toInt64(toUnixTimestamp(window_begin)) - 86400 * toInt64(buckets)
            ) < 43200
        )
    ))
                + 8 * (
                    state = 'accepted' AND coalesce(final_before > sent_at, false)
                    AND toUnixTimestamp64Milli(sent_at) != intDiv(version, 1000))
                + 16 * (
                    run_began > toDateTime64(0, 3)
                    AND run_began < fromUnixTimestamp64Milli({checked_at:Int64}) + 86400
                    AND (
                        NOT answered_at BETWEEN run_began - 86400 AND run_ended + 86400
                        OR NOT sent_at BETWEEN run_began - 86400 AND run_ended + 86400
                            AND sent_at < now64(3) + toIntervalMinute(10)
                            AND toUnixTimestamp64Milli(sent_at) != intDiv(version, 1000)))
                + 32 * multiIf(
                    state = 'accepted',
                    reported > buckets OR reported + dropped > points OR rounded > reported OR floored > reported
                        OR retracted > revised OR reported + retracted > buckets OR revised > buckets OR attempts = 0,
                    revised > 0 OR retracted > 0
                        OR state = 'unavailable' AND failures > 0
                        OR state = 'failed' AND failures = 0
                            AND error_class NOT IN ('', 'transient', 'throttled', 'denied'))
                + 64 * (
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
                ))
                -- A clock may be set back during a run, so all times of the run count.
                + 128 * (
                    state = 'accepted' AND run_began > toDateTime64(0, 3)
                    AND window_end > greatest(sent_at, answered_at, run_began, coalesce(run_finished, run_began)) + 600)
            ) AS faults
        FROM
        (
            SELECT *
            FROM ledger FINAL
            WHERE (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
                AND window_begin < {to:DateTime('UTC')} AND window_end > {from:DateTime('UTC')}
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
        if(faults > 0, window_begin, toDateTime(0, 'UTC')), if(faults > 0, window_end, toDateTime(0, 'UTC'))
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
