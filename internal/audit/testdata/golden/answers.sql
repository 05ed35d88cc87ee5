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
-- Compares TotalValue, MaxValue and the number of points of an answer with the values of its window, once with the
-- current ones and once with those from when the answer came. It passes if either agrees. Example: an answer gave a
-- total of 100, and a later request restated one hour from 5 to 7. Now 102 is stored, but then it was 100.
--
-- Sums do not notice that two hours have changed places. So it also compares the checksum of the answer, with the
-- values from when it came. A value may come back, say 5, 7, 5: then the current values would hide that the first 5
-- has been changed. So they count only where another load of the same series ran at the same time, since history may
-- lack what one of the two saw.
--
-- Only answers that last confirmed some value are compared, and by their checksum also those that wrote a value which
-- history keeps though a later one replaced it.
WITH
    confirmed AS
    (
        SELECT account, granularity, access_region, gateway_type, traffic_type, version
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
    ),
    replaced AS
    (
        SELECT account, granularity, access_region, gateway_type, traffic_type, version
        FROM
        (
            SELECT
                account, granularity, access_region, gateway_type, traffic_type, version,
                leadInFrame(version, 1, 0) OVER
                    (PARTITION BY account, granularity, access_region, gateway_type, traffic_type, bucket ORDER BY version
                     ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next
            FROM history FINAL
            WHERE (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
                AND bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
                AND (granularity = 'hourly' OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account))
        )
        WHERE next > 0
    ),
    -- The runs that overlapped another one which has rows of the same series.
    contests AS
    (
        SELECT account, granularity, access_region, gateway_type, traffic_type, run.1 AS run_id
        FROM
        (
            SELECT account, granularity, access_region, gateway_type, traffic_type, groupArray((run_id, spans)) AS runs, arrayJoin(runs) AS run
            FROM
            (
                SELECT DISTINCT account, granularity, access_region, gateway_type, traffic_type, run_id FROM ledger WHERE state = 'accepted'
                UNION DISTINCT
                SELECT DISTINCT account, granularity, access_region, gateway_type, traffic_type, run_id FROM history WHERE bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
                UNION DISTINCT
                SELECT DISTINCT account, granularity, access_region, gateway_type, traffic_type, run_id FROM facts WHERE bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}
            ) AS l
            INNER JOIN
            (
                SELECT run_id, [
    (
        'program',
        toDateTime64(started_at, 6),
        multiIf(
            state != 'running', toDateTime64(coalesce(finished_at, written_at), 6),
            beat_at < now64(6) - toIntervalMinute(10), written_at + toIntervalMinute(10),
            toDateTime64('2299-12-31 00:00:00', 6, 'UTC'))
    ),
    (
        'warehouse',
        beat_at - toIntervalMicrosecond(greatest(0, dateDiff('microsecond', toDateTime64(started_at, 6), written_at))),
        multiIf(
            state != 'running', beat_at,
            beat_at < now64(6) - toIntervalMinute(10), beat_at + toIntervalMinute(10),
            toDateTime64('2299-12-31 00:00:00', 6, 'UTC'))
    )
] AS spans
                FROM run_states FINAL
                WHERE run_id IN (
    SELECT run_id
    FROM
    (
        SELECT run_id, span.2 AS began, span.3 AS ended,
            max(ended) OVER
                (PARTITION BY span.1 ORDER BY began, run_id
                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS others_ended,
            leadInFrame(began, 1, toDateTime64('2299-12-31 00:00:00', 6, 'UTC')) OVER
                (PARTITION BY span.1 ORDER BY began, run_id
                 ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_began
        FROM
        (
            SELECT run_id, arrayJoin([
    (
        'program',
        toDateTime64(started_at, 6),
        multiIf(
            state != 'running', toDateTime64(coalesce(finished_at, written_at), 6),
            beat_at < now64(6) - toIntervalMinute(10), written_at + toIntervalMinute(10),
            toDateTime64('2299-12-31 00:00:00', 6, 'UTC'))
    ),
    (
        'warehouse',
        beat_at - toIntervalMicrosecond(greatest(0, dateDiff('microsecond', toDateTime64(started_at, 6), written_at))),
        multiIf(
            state != 'running', beat_at,
            beat_at < now64(6) - toIntervalMinute(10), beat_at + toIntervalMinute(10),
            toDateTime64('2299-12-31 00:00:00', 6, 'UTC'))
    )
]) AS span
            FROM run_states FINAL
            WHERE command != 'remade'
        )
    )
    WHERE began <= others_ended OR next_began <= ended
)
            ) AS r USING (run_id)
            GROUP BY account, granularity, access_region, gateway_type, traffic_type
        )
        WHERE arrayExists(
            r -> r.1 != run.1 AND arrayExists((a, b) -> a.2 <= b.3 AND b.2 <= a.3, r.2, run.2),
            runs)
    ),
    windows AS
    (
        SELECT
            account, granularity, access_region, gateway_type, traffic_type, window_begin, window_end,
            version AS sent,
            run_id, checksum,
            (account, granularity, access_region, gateway_type, traffic_type, version) IN confirmed AS newest,
            (account, granularity, access_region, gateway_type, traffic_type, run_id) IN contests AS contested,
            (api_total, api_max, points, reported, dropped, reason) AS answer
        FROM ledger FINAL
        WHERE state = 'accepted'
            AND version BETWEEN {oldest:UInt64} AND {newest:UInt64}
            AND window_begin < {to:DateTime('UTC')} AND window_end > {from:DateTime('UTC')}
            AND (granularity = 'hourly' OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account))
            AND (newest OR checksum IS NOT NULL AND (account, granularity, access_region, gateway_type, traffic_type, version) IN replaced)
    ),
    -- All values of each chunk: (bucket, since, until, bytes, current, present, hash).
    chunks AS
    (
        SELECT
            account, granularity, access_region, gateway_type, traffic_type,
            toUInt32(intDiv(toUnixTimestamp(bucket), if(granularity = 'hourly', 86400, 2764800))) AS chunk,
            groupArray((bucket, since, until, bytes, current, present, hash)) AS spans
        FROM (
    SELECT
        *,
        leadInFrame(since, 1, 18446744073709551615) OVER
            (PARTITION BY account, granularity, access_region, gateway_type, traffic_type, bucket ORDER BY since, current
             ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS until
    FROM
    (
        SELECT account, granularity, access_region, gateway_type, traffic_type, bucket, bytes, reported AS present, version AS since, false AS current,
            xxHash64(bitOr(bitShiftLeft(toUInt128(bytes), 64), toUInt128(toUnixTimestamp(bucket)) * 2 + reported)) AS hash
        FROM history FINAL
        WHERE (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
            AND (granularity = 'hourly' OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account))
            AND bucket >= {near_from:DateTime('UTC')} AND bucket < {near_to:DateTime('UTC')}
        UNION ALL
        SELECT account, granularity, access_region, gateway_type, traffic_type, bucket, bytes, reported, version, true,
            xxHash64(bitOr(bitShiftLeft(toUInt128(bytes), 64), toUInt128(toUnixTimestamp(bucket)) * 2 + reported))
        FROM facts FINAL
        WHERE (empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
            AND (granularity = 'hourly' OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account))
            AND bucket >= {near_from:DateTime('UTC')} AND bucket < {near_to:DateTime('UTC')}
    )
)
        GROUP BY account, granularity, access_region, gateway_type, traffic_type, chunk
    ),
    figures AS
    (
        SELECT
            account, granularity, access_region, gateway_type, traffic_type, window_begin, window_end, sent,
            any(w.newest) AS newest,
            any(w.run_id) AS run_id,
            any(w.checksum) AS checksum,
            any(w.contested) AS contested,
            any(w.answer) AS answer,
            sum(arraySum(s -> if(s.1 >= window_begin AND s.1 < window_end AND s.5, toInt128(s.4), 0), c.spans)) AS total_now,
            sum(arraySum(s -> if(s.1 >= window_begin AND s.1 < window_end AND s.2 <= sent AND s.3 > sent, toInt128(s.4), 0), c.spans)) AS total_then,
            max(arrayMax(arrayMap(s -> if(s.1 >= window_begin AND s.1 < window_end AND s.5, s.4, 0), c.spans))) AS max_now,
            max(arrayMax(arrayMap(s -> if(s.1 >= window_begin AND s.1 < window_end AND s.2 <= sent AND s.3 > sent, s.4, 0), c.spans))) AS max_then,
            sum(arrayCount(s -> s.1 >= window_begin AND s.1 < window_end AND s.5 AND s.6, c.spans)) AS reported_now,
            sum(arrayCount(s -> s.1 >= window_begin AND s.1 < window_end AND s.2 <= sent AND s.3 > sent AND s.6, c.spans)) AS reported_then,
            sum(arraySum(s -> if(s.1 >= window_begin AND s.1 < window_end AND s.5, s.7, 0), c.spans)) AS hash_now,
            sum(arraySum(s -> if(s.1 >= window_begin AND s.1 < window_end AND s.2 <= sent AND s.3 > sent, s.7, 0), c.spans)) AS hash_then
        FROM
        (
            SELECT
                *,
                toUInt32(arrayJoin(range(
                intDiv(toUnixTimestamp(window_begin), if(granularity = 'hourly', 86400, 2764800)),
                intDiv(toUnixTimestamp(window_end) - 1, if(granularity = 'hourly', 86400, 2764800)) + 1))) AS chunk
            FROM windows
        ) AS w
        INNER JOIN chunks AS c USING (account, granularity, access_region, gateway_type, traffic_type, chunk)
        GROUP BY account, granularity, access_region, gateway_type, traffic_type, window_begin, window_end, sent
    )
SELECT
    account, granularity, access_region, gateway_type, traffic_type,
    window_begin AS begin,
    window_end AS ended,
    figure.1 AS compared,
    multiIf(
        figure.2 IS NULL, 'skipped',
        abs(figure.2 - figure.3) <= figure.5 AND (figure.1 != 'answers with another checksum = 0' OR contested), 'passed',
        abs(figure.2 - figure.4) <= figure.5, 'passed',
        figure.1 = 'answers with another checksum = 0' AND run_id IN (SELECT run_id FROM mnaflow.runs WHERE state = 'running'), 'pending',
        figure.1 = 'answers with another checksum = 0' AND contested, 'skipped',
        'failed') AS verdict,
    CAST(if(figure.2 IS NULL, NULL, figure.3) AS Nullable(Int128)) AS lhs,
    CAST(round(figure.2) AS Nullable(Int128)) AS rhs,
    multiIf(
        figure.1 = 'answers with another checksum = 0' AND figure.2 IS NULL, 'the ledger has no checksum of the answer',
        figure.2 IS NULL, 'the API gave none, or it counts points outside of the window',
        verdict = 'pending', 'their load is under way',
        verdict = 'skipped', 'two loads at the same time, and history may lack what one of them saw',
        figure.1 = 'answers with another checksum = 0' AND verdict = 'failed', {exchanged:String},
        verdict = 'failed' AND answer.6 != '',
        concat('the answer was accepted though it did not agree with itself', ': load them again with mnaflow backfill --force'),
        verdict = 'failed' AND arrayFirst(w -> w != '', arrayMap(unit -> multiIf(
    least(figure.3, coalesce(figure.2, 0.)) < 100 * 1, '',
    abs(toFloat64(figure.3) - unit.1 * toFloat64(coalesce(figure.2, 0.))) <= unit.1 * 1 + 1e-6 * toFloat64(figure.3),
    concat('what is stored', ' is ', unit.2, ' ', 'TotalValue', ': load them again with mnaflow backfill --force'),
    abs(toFloat64(coalesce(figure.2, 0.)) - unit.1 * toFloat64(figure.3)) <= unit.1 * 1 + 1e-6 * toFloat64(coalesce(figure.2, 0.)),
    concat('TotalValue', ' is ', unit.2, ' ', 'what is stored', ': load them again with mnaflow backfill --force'),
    ''),
    [
        (8., '8 times (bits for bytes?)'),
        (1000., '1000 times'),
        (1000000., '1000² times'),
        (1000000000., '1000³ times'),
        (1000000000000., '1000⁴ times'),
        (1024., '1024 times'),
        (1048576., '1024² times'),
        (1073741824., '1024³ times'),
        (1099511627776., '1024⁴ times')
    ])) != '', arrayFirst(w -> w != '', arrayMap(unit -> multiIf(
    least(figure.3, coalesce(figure.2, 0.)) < 100 * 1, '',
    abs(toFloat64(figure.3) - unit.1 * toFloat64(coalesce(figure.2, 0.))) <= unit.1 * 1 + 1e-6 * toFloat64(figure.3),
    concat('what is stored', ' is ', unit.2, ' ', 'TotalValue', ': load them again with mnaflow backfill --force'),
    abs(toFloat64(coalesce(figure.2, 0.)) - unit.1 * toFloat64(figure.3)) <= unit.1 * 1 + 1e-6 * toFloat64(coalesce(figure.2, 0.)),
    concat('TotalValue', ' is ', unit.2, ' ', 'what is stored', ': load them again with mnaflow backfill --force'),
    ''),
    [
        (8., '8 times (bits for bytes?)'),
        (1000., '1000 times'),
        (1000000., '1000² times'),
        (1000000000., '1000³ times'),
        (1000000000000., '1000⁴ times'),
        (1024., '1024 times'),
        (1048576., '1024² times'),
        (1073741824., '1024³ times'),
        (1099511627776., '1024⁴ times')
    ])),
        verdict = 'failed', concat('they do not agree', ': load them again with mnaflow backfill --force'),
        abs(figure.2 - figure.3) > figure.5, 'a later restatement explains the difference',
        '') AS words,
    1 AS n
FROM
(
    -- (name of the comparison, the API's figure, the stored figure, the stored figure of then, tolerance)
    SELECT
        *,
        arrayJoin(arrayFilter(f -> newest OR f.1 = 'answers with another checksum = 0', [
            (
                'what is stored = TotalValue of the answer',
                if(answer.5 > 0, NULL, answer.1),
                toFloat64(total_now),
                toFloat64(total_then),
                greatest(toFloat64(answer.3), 1e-9 * toFloat64(total_then))
            ),
            (
                'the largest that is stored = MaxValue of the answer',
                if(answer.5 > 0, NULL, answer.2),
                toFloat64(max_now),
                toFloat64(max_then),
                greatest(1., 1e-9 * toFloat64(max_then))
            ),
            (
                'the buckets with a value = those of the answer',
                CAST(answer.4 AS Nullable(Float64)),
                toFloat64(reported_now),
                toFloat64(reported_then),
                0.
            ),
            (
                'answers with another checksum = 0',
                if(checksum IS NULL, NULL, 0.),
                toFloat64(coalesce(hash_now != checksum, false)),
                toFloat64(coalesce(hash_then != checksum, false)),
                0.
            )
        ])) AS figure
    FROM figures
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
