-- Each bucket of an accepted window has a fact, and none that is older than the answer. Windows and facts meet by day, or by 32
-- days for daily buckets: of the thousands of windows that cover a day whole, only the newest matters.
SELECT {{template "names"}}, clip_begin AS begin, clip_end AS ended, 'facts = buckets of accepted answers' AS compared,
    multiIf(lhs = rhs, 'passed', run_id IN {{template "underway"}}, 'pending', 'failed') AS verdict,
    toInt128(arrayCount(f -> f.1 >= clip_begin AND f.1 < clip_end AND f.2 >= newest, facts)) AS lhs,
    toInt128(if(granularity = 'hourly', intDiv(clip_end - clip_begin, 3600), arrayCount(d -> d >= clip_begin AND d < clip_end, begins))) AS rhs,
    multiIf(verdict = 'passed', '', verdict = 'pending', 'their load is under way', 'facts of an accepted answer are gone: load them again with mnaflow backfill --force') AS words, toUInt64(rhs) AS n
FROM
(
    SELECT {{template "names"}}, chunk, clip_begin, clip_end, max(version) AS newest, argMax(run_id, version) AS run_id
    FROM
    (
        SELECT {{template "names"}}, version, run_id, if(granularity = 'hourly', 86400, 2764800) AS length,
            toUInt32(arrayJoin(range(intDiv(toUnixTimestamp(begin), length), intDiv(toUnixTimestamp(end) - 1, length) + 1))) AS chunk,
            greatest(begin, toDateTime(chunk * length, 'UTC')) AS clip_begin, least(end, toDateTime((chunk + 1) * length, 'UTC')) AS clip_end
        FROM
        (
            SELECT {{template "names"}}, version, run_id, greatest(window_begin, {from:DateTime('UTC')}) AS begin, least(window_end, {to:DateTime('UTC')}) AS end
            FROM ledger WHERE state = 'accepted' AND {{template "chosen"}} AND {{template "present_zone"}}
        )
        WHERE begin < end
    )
    GROUP BY {{template "names"}}, chunk, clip_begin, clip_end
) AS w
LEFT JOIN
(
    SELECT {{template "names"}}, toUInt32(intDiv(toUnixTimestamp(bucket), if(granularity = 'hourly', 86400, 2764800))) AS chunk, groupArray((bucket, version)) AS facts
    FROM facts FINAL WHERE {{template "chosen"}} AND {{template "in_range"}} AND {{template "present_zone"}}
    GROUP BY {{template "names"}}, chunk
) AS f USING ({{template "names"}}, chunk)
LEFT JOIN
(
    SELECT account, toUInt32(intDiv(toUnixTimestamp(day_begin), 2764800)) AS chunk, groupArray(day_begin) AS begins
    FROM {{template "account_days"}}
    GROUP BY account, chunk
) AS d USING (account, chunk)
