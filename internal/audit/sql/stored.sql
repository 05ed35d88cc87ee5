-- Each bucket of an accepted window has a fact that is not older than the answer. Thousands of windows may cover the
-- same part of a chunk; only the newest of them is compared. Windows that contradict their own count of buckets are the
-- matter of attempts.sql.
WITH
    windows AS
    (
        SELECT
            {{template "names"}}, version, run_id,
            greatest(window_begin, {from:DateTime('UTC')}) AS begin,
            least(window_end, {to:DateTime('UTC')}) AS end
        FROM ledger FINAL
        WHERE {{template "touching_answer"}}
            AND {{template "consistent_window"}}
            AND {{template "chosen"}}
            AND {{template "present_zone"}}
    ),
    clips AS
    (
        SELECT
            {{template "names"}}, version, run_id,
            {{template "chunk_length"}} AS length,
            {{template "chunks" ""}} AS chunk,
            greatest(begin, toDateTime(chunk * length, 'UTC')) AS clip_begin,
            least(end, toDateTime((chunk + 1) * length, 'UTC')) AS clip_end
        FROM windows
        WHERE begin < end
    )
SELECT
    {{template "names"}},
    clip_begin AS begin,
    clip_end AS ended,
    'facts = buckets of accepted answers' AS compared,
    multiIf(lhs = rhs, 'passed', run_id IN {{template "underway"}}, 'pending', 'failed') AS verdict,
    toInt128(arrayCount(f -> f.1 >= clip_begin AND f.1 < clip_end AND f.2 >= newest, facts)) AS lhs,
    toInt128(if(
        granularity = 'hourly',
        intDiv(clip_end - clip_begin, 3600),
        arrayCount(d -> d >= clip_begin AND d < clip_end, begins))) AS rhs,
    multiIf(
        verdict = 'passed', '',
        verdict = 'pending', 'their load is under way',
        granularity = 'daily' AND lhs > rhs, 'days of the calendar are gone: mnaflow run writes them again',
        'facts of an accepted answer are gone: load them again with mnaflow backfill --force') AS words,
    toUInt64(rhs) AS n
FROM
(
    SELECT
        {{template "names"}}, chunk, clip_begin, clip_end,
        max(version) AS newest,
        argMax(run_id, version) AS run_id
    FROM clips
    GROUP BY {{template "names"}}, chunk, clip_begin, clip_end
) AS w
LEFT JOIN
(
    SELECT
        {{template "names"}},
        toUInt32(intDiv(toUnixTimestamp(bucket), {{template "chunk_length"}})) AS chunk,
        groupArray((bucket, version)) AS facts
    FROM {{template "chosen_facts"}}
    GROUP BY {{template "names"}}, chunk
) AS f USING ({{template "names"}}, chunk)
LEFT JOIN
(
    SELECT account, toUInt32(intDiv(toUnixTimestamp(day_begin), 2764800)) AS chunk, groupArray(day_begin) AS begins
    FROM {{template "account_days"}}
    GROUP BY account, chunk
) AS d USING (account, chunk)
