take a time that fits:
INSERT INTO mnaflow.ledger
SELECT l.* REPLACE (
    multiIf(
        l.sent_at BETWEEN r.b AND r.e, l.sent_at,
        l.answered_at BETWEEN r.b AND r.e, l.answered_at,
        r.s) AS sent_at,
    multiIf(
        l.answered_at BETWEEN r.b AND r.e, l.answered_at,
        l.sent_at BETWEEN r.b AND r.e, l.sent_at,
        r.s) AS answered_at
)
FROM mnaflow.ledger AS l FINAL
INNER JOIN (
    SELECT run_id, started_at AS s, s - 86400 AS b,
        greatest(coalesce(finished_at, s), toDateTime64(written_at, 3)) + 86400 AS e
    FROM mnaflow.run_states FINAL
) AS r USING run_id
WHERE NOT l.answered_at BETWEEN r.b AND r.e
    OR NOT l.sent_at BETWEEN r.b AND r.e AND toUnixTimestamp64Milli(l.sent_at) != intDiv(l.version, 1000)
