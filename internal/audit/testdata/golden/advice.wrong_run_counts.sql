the counts of runs, or entries of the ledger, were changed by something else than a load: bring them back from
a backup, or let the runs count what is there:
INSERT INTO mnaflow.run_states
WITH
    r.state IN ('done', 'partial', 'denied') AND r.accepted <= l.a AS b,
    greatest(r.requests, r.throttled + r.retries, if(r.command = 'remade', 0, l.t)) AS q
SELECT r.* REPLACE (
    if(b, l.a, r.accepted) AS accepted,
    if(b, l.f, r.failed) AS failed,
    if(b, l.u, r.unavailable) AS unavailable,
    if(b, l.w, r.rows) AS rows,
    if(b, l.p, r.reported) AS reported,
    if(b, l.c, r.revised) AS revised,
    if(b, l.d, r.retracted) AS retracted,
    q AS requests,
    r.written_at + toIntervalMicrosecond(1) AS written_at
)
FROM mnaflow.run_states AS r FINAL
LEFT JOIN (
    SELECT
        run_id,
        countIf(state = 'accepted') AS a,
        countIf(state = 'failed') AS f,
        countIf(state = 'unavailable') AS u,
        sumIf(buckets, state = 'accepted') AS w,
        sumIf(reported, state = 'accepted') AS p,
        sum(revised) AS c,
        sum(retracted) AS d,
        sumIf(attempts, state = 'accepted') AS t
    FROM mnaflow.ledger FINAL
    GROUP BY run_id
) AS l USING run_id
WHERE r.state != 'running' AND q != r.requests
    OR b AND (r.accepted, r.failed, r.unavailable, r.rows, r.reported, r.revised, r.retracted)
        != (l.a, l.f, l.u, l.w, l.p, l.c, l.d)
