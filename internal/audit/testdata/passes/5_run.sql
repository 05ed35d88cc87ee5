-- All passes are those of one long run.
INSERT INTO run_states (run_id, command, state, started_at, finished_at, accepted, written_at)
SELECT
    toUUID('00000000-0000-0000-0000-000000000001'), 'schedule', 'done', toDateTime({begin:UInt32}),
    toDateTime({end:UInt32}), count(), now64(6)
FROM ledger
