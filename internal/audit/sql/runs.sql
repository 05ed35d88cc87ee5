-- The ledger has as many accepted entries of each run as the run counted, or more: whoever removes a series, an account
-- or a partition with its entries does not think of the runs. A run that still goes on, or was killed, may not have
-- counted its last windows, and one that the warehouse failed may not know that they arrived. One that ended by itself
-- has counted exactly what it wrote. The ledger lacks requests whose windows were split, so a run has sent as many as
-- the ledger knows of, or more. Runs are compared if the verification selects nothing.
SELECT
    {{template "no_names"}},
    toDateTime(min(started_at), 'UTC') AS begin,
    toDateTime(max(started_at), 'UTC') + 1 AS ended,
    comparison.1 AS compared,
    if(comparison.2, 'failed', 'passed') AS verdict,
    toInt128(sum(comparison.3)) AS lhs,
    toInt128(sum(comparison.4)) AS rhs,
    comparison.5 AS words,
    toUInt64(count()) AS n
FROM
(
    SELECT
        r.started_at AS started_at,
        l.entries < r.accepted AS lost,
        r.state IN ('done', 'partial', 'denied') AND NOT lost
            AND (r.accepted, r.failed, r.unavailable, r.rows, r.reported, r.revised, r.retracted)
                != (l.entries, l.failures, l.refusals, l.buckets, l.values, l.revisions, l.retractions)
        OR r.requests < greatest(r.throttled + r.retries, if(r.command = 'remade', 0, l.attempts)) AS miscounted,
        if(
            r.state = 'running',
            r.finished_at IS NOT NULL OR r.exit_code != 0,
            r.finished_at IS NULL
                OR r.state = 'done' AND r.failed > 0
                OR (r.state, r.exit_code) NOT IN
                    (('done', 0), ('partial', 3), ('denied', 4), ('interrupted', 130), ('failed', 1), ('failed', 5))
        ) AS wrong,
        -- (compared, whether it failed, both figures, words)
        arrayJoin(arrayFilter(c -> c.1 != '', [
            (
                if(r.state = 'running', '', 'accepted entries of runs = windows that the runs stored'),
                lost, toInt128(l.entries), toInt128(r.accepted),
                if(lost, {lost_entries:String}, '')
            ),
            (
                if(r.state = 'running', '', 'runs that count other than their entries in the ledger = 0'),
                miscounted, toInt128(miscounted), toInt128(0),
                if(miscounted, {wrong_run_counts:String}, '')
            ),
            (
                'runs that contradict themselves = 0',
                wrong, toInt128(wrong), toInt128(0),
                if(wrong, {wrong_run:String}, '')
            )
        ])) AS comparison
    FROM run_states AS r FINAL
    LEFT JOIN
    (
        SELECT
            run_id,
            countIf(state = 'accepted') AS entries,
            countIf(state = 'failed') AS failures,
            countIf(state = 'unavailable') AS refusals,
            sumIf(t.buckets, state = 'accepted') AS buckets,
            sumIf(reported, state = 'accepted') AS values,
            sum(revised) AS revisions,
            sum(retracted) AS retractions,
            sumIf(t.attempts, state = 'accepted') AS attempts
        FROM ledger AS t FINAL
        GROUP BY run_id
    ) AS l USING (run_id)
)
WHERE empty({accounts:Array(String)})
    AND empty({granularities:Array(String)})
    AND empty({regions:Array(String)})
    AND empty({gateways:Array(String)})
    AND empty({types:Array(String)})
    AND {from:DateTime('UTC')} = toDateTime(0, 'UTC')
GROUP BY compared, verdict, words
