-- History has each change that an answer made: as many values of its version that came after another one of their bucket
-- as the answer revised. Late loads may have added some. So it has fewer only if rows of history are gone, that of the
-- answer or the one before.
WITH windows AS
    (
        SELECT
            {{template "names"}}, version,
            min(window_begin) AS begin,
            max(window_end) AS end,
            any(run_id) AS run_id,
            max(l.revised) AS revised
        FROM ledger AS l FINAL
        WHERE state = 'accepted'
            AND l.revised > 0
            AND {{template "chosen"}}
            AND {{template "present_zone"}}
            AND window_begin < {to:DateTime('UTC')}
            AND window_end > {from:DateTime('UTC')}
        GROUP BY {{template "names"}}, version
    )
SELECT
    {{template "names"}},
    begin,
    end AS ended,
    'changes in history = changes of answers' AS compared,
    multiIf(changed >= revised, 'passed', run_id IN {{template "underway"}}, 'pending', 'failed') AS verdict,
    toInt128(if(verdict = 'passed', revised, changed)) AS lhs,
    toInt128(revised) AS rhs,
    multiIf(
        verdict = 'passed', '',
        verdict = 'pending', 'their load is under way',
        {{template "lost_history"}}) AS words,
    toUInt64(revised) AS n
FROM windows
LEFT JOIN
(
    SELECT {{template "names"}}, version, count() AS changed
    FROM
    (
        SELECT {{template "names"}}, arrayJoin(arraySlice(arraySort(groupUniqArray(version)), 2)) AS version
        FROM history FINAL
        WHERE {{template "chosen"}}
            AND {{template "present_zone"}}
            AND bucket >= (SELECT min(begin) FROM windows)
            AND bucket < (SELECT max(end) FROM windows)
        GROUP BY {{template "names"}}, bucket
    )
    GROUP BY {{template "names"}}, version
) AS h USING ({{template "names"}}, version)
