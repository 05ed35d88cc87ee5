-- One row a run: what it did and how it ended. A run writes twice a minute that it lives. One that has been silent for
-- ten minutes is lost, which means killed, or cut off from the warehouse, until it writes again.
CREATE VIEW mnaflow.runs
(
    run_id       UUID                             COMMENT 'of the run',
    command      LowCardinality(String)           COMMENT 'backfill, run or schedule',
    program      LowCardinality(String)           COMMENT 'version of mnaflow',
    state        LowCardinality(String)           COMMENT 'running, lost, done, partial, denied, interrupted or failed',
    started_at   DateTime64(3, 'UTC')             COMMENT 'when it started',
    finished_at  Nullable(DateTime64(3, 'UTC'))
        COMMENT 'when it ended, of a lost run when it was last heard of; null while it runs',
    exit_code    UInt8                            COMMENT 'the exit code that the command returns for this run',
    reason       String                           COMMENT 'why it is not done',
    windows      UInt64                           COMMENT 'windows planned',
    accepted     UInt64                           COMMENT 'windows whose answer was stored',
    failed       UInt64                           COMMENT 'windows that failed',
    unavailable  UInt64                           COMMENT 'windows older than the API keeps',
    requests     UInt64                           COMMENT 'requests sent, retries included',
    throttled    UInt64                           COMMENT 'requests that the API refused for their rate',
    retries      UInt64                           COMMENT 'requests sent again after a failure that may pass',
    rows         UInt64                           COMMENT 'facts written',
    reported     UInt64                           COMMENT 'facts written that have a value',
    revised      UInt64                           COMMENT 'buckets whose value changed',
    retracted    UInt64                           COMMENT 'of those, buckets that have no value now',
    beat_at      DateTime64(6, 'UTC')             COMMENT 'when it was last heard of, by the warehouse''s clock'
)
AS
SELECT run_id, command, program,
    if(lost, 'lost', newest.state) AS state,
    started_at,
    if(lost, CAST(written_at AS Nullable(DateTime64(3, 'UTC'))), newest.finished_at) AS finished_at,
    exit_code,
    if(lost, 'silent for ten minutes: it was killed, or is cut off from the warehouse', newest.reason) AS reason,
    windows, accepted, failed, unavailable, requests, throttled, retries, rows, reported, revised, retracted, beat_at
FROM
(
    SELECT *, state = 'running' AND beat_at < now64(6) - toIntervalMinute(10) AS lost
    FROM mnaflow.run_states FINAL
) AS newest
