SELECT
    run_id, command, program, state, reason, exit_code, started_at, finished_at,
    windows, accepted, failed, unavailable, requests, throttled, retries, rows, reported, revised, retracted
FROM mnaflow.runs
ORDER BY started_at DESC
LIMIT {limit:UInt32}
