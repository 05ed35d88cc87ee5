no run has the run id of these rows: bring run_states back from a backup, or make up for the runs:
INSERT INTO mnaflow.run_states (run_id, command, state, exit_code, started_at, finished_at, reason, written_at)
SELECT run_id, 'remade', 'failed', 1, min(t), max(t), 'remade', now64(6)
FROM (
    SELECT run_id, sent_at AS t
    FROM mnaflow.ledger
    WHERE state = 'accepted'
    UNION ALL
    SELECT run_id, extracted_at
    FROM mnaflow.facts
    UNION ALL
    SELECT run_id, observed_at
    FROM mnaflow.history
)
WHERE run_id NOT IN (SELECT run_id FROM mnaflow.run_states)
GROUP BY run_id
