entries of the ledger are gone or have other windows: bring it back from a backup, or load what is missing and note
the loss in the runs:
INSERT INTO mnaflow.run_states
SELECT r.* REPLACE ('failed' AS state, 1 AS exit_code, l.n AS accepted,
    r.written_at + toIntervalMicrosecond(1) AS written_at)
FROM mnaflow.run_states AS r FINAL
LEFT JOIN (
    SELECT run_id, count() AS n
    FROM mnaflow.ledger FINAL
    WHERE state = 'accepted'
    GROUP BY run_id
) AS l USING run_id
WHERE r.state != 'running' AND r.accepted > l.n
    OR r.state IN ('done', 'partial', 'denied') AND run_id IN (
        SELECT h.run_id
        FROM mnaflow.history AS h FINAL
        LEFT JOIN (
            SELECT account, granularity, access_region, gateway_type, traffic_type, version, min(window_begin) AS b,
                max(window_end) AS e
            FROM mnaflow.ledger FINAL
            WHERE state = 'accepted'
            GROUP BY ALL
        ) AS l USING (account, granularity, access_region, gateway_type, traffic_type, version)
        WHERE h.bucket < l.b OR h.bucket >= l.e
    )
