-- The ledger has as many accepted entries of each run as the run counted, or more: whoever removes a series, an account or
-- a partition with its entries does not think of the runs. A run that still goes on, or was killed, may not have counted
-- its last windows. Runs are compared if the verification selects nothing.
SELECT
    {{template "no_names"}},
    toDateTime(min(started_at), 'UTC') AS begin,
    toDateTime(max(started_at), 'UTC') + 1 AS ended,
    'accepted entries of runs = windows that the runs stored' AS compared,
    if(lost, 'failed', 'passed') AS verdict,
    toInt128(sum(entries)) AS lhs,
    toInt128(sum(accepted)) AS rhs,
    if(lost, {{template "lost_entries"}}, '') AS words,
    toUInt64(count()) AS n
FROM
(
    SELECT r.started_at AS started_at, r.accepted AS accepted, l.entries AS entries, entries < accepted AS lost
    FROM run_states AS r FINAL
    LEFT JOIN
    (
        SELECT run_id, count() AS entries
        FROM ledger FINAL
        WHERE state = 'accepted'
        GROUP BY run_id
    ) AS l USING (run_id)
    WHERE r.state != 'running'
)
WHERE empty({accounts:Array(String)})
    AND empty({granularities:Array(String)})
    AND empty({regions:Array(String)})
    AND empty({gateways:Array(String)})
    AND empty({types:Array(String)})
    AND {from:DateTime('UTC')} = toDateTime(0, 'UTC')
GROUP BY lost
