-- One row a run: what it did and how it ended.
CREATE VIEW mnaflow.runs
(
    run_id       UUID                             COMMENT 'of the run',
    command      LowCardinality(String)           COMMENT 'backfill, run or schedule',
    program      LowCardinality(String)           COMMENT 'version of mnaflow',
    state        LowCardinality(String)           COMMENT 'running, done, partial, denied, interrupted or failed; one that was killed stays running',
    started_at   DateTime64(3, 'UTC')             COMMENT 'when it started',
    finished_at  Nullable(DateTime64(3, 'UTC'))   COMMENT 'when it ended; null while it runs, and for ever if it was killed',
    exit_code    UInt8                            COMMENT 'the exit code that the command returns for this run',
    reason       String                           COMMENT 'why it is not done',
    windows      UInt64                           COMMENT 'windows planned',
    accepted     UInt64                           COMMENT 'windows whose answer was stored',
    failed       UInt64                           COMMENT 'windows that failed',
    unavailable  UInt64                           COMMENT 'windows older than the API keeps',
    requests     UInt64                           COMMENT 'requests sent, retries included',
    refused      UInt64                           COMMENT 'requests that the API''s rate limit refused',
    retries      UInt64                           COMMENT 'requests sent again after a failure that may pass',
    rows         UInt64                           COMMENT 'facts written',
    reported     UInt64                           COMMENT 'facts written that have a value',
    revised      UInt64                           COMMENT 'buckets whose value changed',
    retracted    UInt64                           COMMENT 'of those, buckets that have no value now'
)
AS
SELECT run_id, command, program, state, started_at, finished_at, exit_code, reason, windows, accepted, failed, unavailable,
    requests, refused, retries, rows, reported, revised, retracted
FROM mnaflow.run_states FINAL
