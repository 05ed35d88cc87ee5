-- A row of history says whether the value before it had been declared final. The newest answer before it that covers
-- its bucket had declared that, or not; if there is none, there was nothing to declare. Where it may have been
-- another one, nothing is compared: beside loads at the same time or of another time zone, and after loads that were
-- cut short, whose facts have no entry in the ledger.
--
-- The figures are the versions of both, by which the advice finds the row. It finds one row of a bucket at a time.
WITH
    (
        SELECT groupArray((started_at, coalesce(finished_at, {{template "never"}})))
        FROM mnaflow.runs
        WHERE state NOT IN ('done', 'partial', 'denied')
    ) AS cut_short,
    moved AS (SELECT {{template "names"}} FROM ledger GROUP BY {{template "names"}} HAVING uniqExact(time_zone) > 1),
    rows AS
    (
        SELECT
            {{template "names"}}, bucket, version, run_id, observed_at, was_final,
            toUInt32(intDiv(toUnixTimestamp(bucket), {{template "chunk_length"}})) AS chunk
        FROM
        (
            SELECT
                *,
                row_number() OVER (PARTITION BY {{template "names"}}, bucket ORDER BY version) AS place
            FROM history FINAL
            WHERE {{template "chosen"}}
                AND {{template "in_range"}}
                AND {{template "present_zone"}}
        )
        WHERE (was_final OR place > 1)
            AND run_id NOT IN {{template "overlapping"}}
            AND (granularity = 'hourly' OR ({{template "names"}}) NOT IN moved)
    )
SELECT
    {{template "names"}},
    bucket AS begin,
    toDateTime(0, 'UTC') AS ended,
    'what was final in history = what the answer before it says' AS compared,
    multiIf(
        before.1 > 0 AND before.2 IS NULL OR before.3 = run_id OR before.3 IN {{template "overlapping"}}, 'skipped',
        arrayExists(r -> r.1 <= observed_at AND r.2 >= before.4, cut_short), 'skipped',
        was_final = coalesce(bucket < before.2, false), 'passed',
        'failed') AS verdict,
    if(verdict = 'failed', toInt128(version), NULL) AS lhs,
    if(verdict = 'failed', toInt128(before.1), NULL) AS rhs,
    multiIf(
        verdict = 'passed', '',
        verdict = 'skipped', 'another load may have declared it',
        was_final, {history_was_not_final:String},
        {history_was_final:String}) AS words,
    1 AS n
FROM
(
    SELECT
        {{template "names"}}, bucket, h.version AS version,
        any(h.run_id) AS run_id,
        any(h.observed_at) AS observed_at,
        any(h.was_final) AS was_final,
        argMaxIf(
            (l.version, l.final_before, l.run_id, l.sent_at), l.version,
            l.version < h.version AND h.bucket >= l.window_begin AND h.bucket < l.window_end) AS before
    FROM rows AS h
    LEFT JOIN
    (
        SELECT
            {{template "names"}}, window_begin, window_end, version, final_before, run_id, sent_at,
            {{template "chunks" "window_"}} AS chunk
        FROM ledger FINAL
        WHERE {{template "touching_answer"}}
            AND {{template "chosen"}}
            AND ({{template "names"}}, chunk) IN (SELECT {{template "names"}}, chunk FROM rows)
    ) AS l USING ({{template "names"}}, chunk)
    GROUP BY {{template "names"}}, bucket, version
)
ORDER BY verdict = 'failed', version
LIMIT 1 BY {{template "names"}}, bucket, verdict
