-- History has each change that an answer made: as many values of its version that came after another one of their
-- bucket as the answer revised, and among them as many without a value as it retracted. Late loads may have added
-- some. So it has fewer only if rows of history are gone, that of the answer or the one before, or if the entry was
-- changed.
WITH windows AS
    (
        SELECT
            {{template "names"}}, version,
            min(window_begin) AS begin,
            max(window_end) AS end,
            any(run_id) AS run_id,
            max(l.revised) AS revised,
            max(l.retracted) AS retracted
        FROM ledger AS l FINAL
        WHERE {{template "touching_answer"}}
            AND (l.revised > 0 OR l.retracted > 0)
            AND {{template "chosen"}}
            AND {{template "present_zone"}}
        GROUP BY {{template "names"}}, version
    )
SELECT
    {{template "names"}},
    begin,
    end AS ended,
    if(changed < revised OR withdrawn >= retracted, 'changes in history = changes of answers',
        'retractions in history = retractions of answers') AS compared,
    multiIf(
        changed >= revised AND withdrawn >= retracted, 'passed',
        run_id IN {{template "underway"}}, 'pending',
        'failed') AS verdict,
    toInt128(multiIf(verdict = 'passed', revised, changed < revised, changed, withdrawn)) AS lhs,
    toInt128(if(verdict = 'passed' OR changed < revised, revised, retracted)) AS rhs,
    multiIf(
        verdict = 'passed', '',
        verdict = 'pending', 'their load is under way',
        {lost_history:String}) AS words,
    toUInt64(revised) AS n
FROM windows
LEFT JOIN
(
    SELECT {{template "names"}}, change.1 AS version, count() AS changed, countIf(NOT change.2) AS withdrawn
    FROM
    (
        SELECT
            {{template "names"}},
            -- Sorted by version; what comes first is no change.
            arrayJoin(arraySlice(arraySort(groupUniqArray((version, reported))), 2)) AS change
        FROM history FINAL
        WHERE {{template "chosen"}}
            AND {{template "present_zone"}}
            AND bucket >= (SELECT min(begin) FROM windows)
            AND bucket < (SELECT max(end) FROM windows)
        GROUP BY {{template "names"}}, bucket
    )
    GROUP BY {{template "names"}}, version
) AS h USING ({{template "names"}}, version)
