-- Each fact has the version of an accepted ledger entry whose window contains it.
--
-- A load writes facts before their entry. So while a load runs, facts may lack an entry for a moment: they are pending.
-- After a load was killed they lack it until a run loads them again: they fail, unless the API no longer keeps them
-- (unavailable), for then no run can load them again.
WITH configured AS (SELECT {{template "names"}} FROM series FINAL WHERE configured)
SELECT
    {{template "names"}},
    f.first AS begin,
    if(verdict = 'failed', f.last + 1, toDateTime(0, 'UTC')) AS ended,
    'facts = facts of accepted answers' AS compared,
    multiIf(
        f.first >= window_begin AND f.last < window_end, 'passed',
        run_id IN {{template "underway"}}, 'pending',
        f.first >= refused_begin AND f.last < refused_end AND run_id IN {{template "lost"}}, 'passed',
        run_id IN {{template "lost"}} AND ({{template "names"}}) NOT IN configured, 'skipped',
        'failed') AS verdict,
    toInt128(n) AS lhs,
    if(verdict = 'passed', toInt128(n), 0) AS rhs,
    multiIf(
        verdict = 'passed', '',
        verdict = 'pending', 'their load is under way',
        verdict = 'skipped', 'their load was killed, and the configuration does not extract them any more',
        run_id IN {{template "lost"}},
        concat('no answer that the ledger has covers them, since their load was killed: ',
            'mnaflow run loads them again if they are due, else mnaflow backfill --force'),
        'no answer that the ledger has covers them: load them again with mnaflow backfill --force') AS words,
    f.n AS n
FROM
(
    SELECT
        {{template "names"}}, version,
        any(run_id) AS run_id,
        min(bucket) AS first,
        max(bucket) AS last,
        count() AS n
    FROM {{template "chosen_facts"}}
    GROUP BY {{template "names"}}, version
) AS f
LEFT JOIN
(
    SELECT {{template "names"}}, version, min(window_begin) AS window_begin, max(window_end) AS window_end
    FROM ledger
    WHERE state = 'accepted'
        AND {{template "chosen"}}
    GROUP BY {{template "names"}}, version
) AS l USING ({{template "names"}}, version)
LEFT JOIN
(
    SELECT {{template "names"}}, min(window_begin) AS refused_begin, max(window_end) AS refused_end
    FROM ledger
    WHERE state = 'unavailable'
        AND {{template "chosen"}}
        AND {{template "present_zone"}}
    GROUP BY {{template "names"}}
) AS r USING ({{template "names"}})
