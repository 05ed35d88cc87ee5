-- All passes are those of one long run.
INSERT INTO run_states
(
    run_id, command, state, started_at, finished_at, windows, accepted, requests, rows, reported, written_at
)
SELECT
    toUUID('00000000-0000-0000-0000-000000000001'), 'schedule', 'done', toDateTime({begin:UInt32}),
    toDateTime({end:UInt32} + 43200 + 1200), count(), count(), count(), sum(buckets), sum(reported), now64(6)
FROM ledger
