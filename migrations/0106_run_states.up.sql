CREATE TABLE IF NOT EXISTS run_states
(
    run_id          UUID                             COMMENT 'of the run',
    command         LowCardinality(String)           COMMENT 'backfill, run or schedule',
    program         LowCardinality(String)           COMMENT 'version of mnaflow',
    state           LowCardinality(String)           COMMENT 'running, done, partial, denied, interrupted or failed',
    started_at      DateTime64(3, 'UTC')             COMMENT 'when it started',
    finished_at     Nullable(DateTime64(3, 'UTC'))   COMMENT 'when it ended; null until then',
    exit_code       UInt8                            COMMENT 'the exit code that the command returns for this run',
    reason          String                           COMMENT 'why it is not done',
    windows         UInt64                           COMMENT 'windows planned',
    accepted        UInt64                           COMMENT 'windows whose answer was stored',
    failed          UInt64                           COMMENT 'windows that failed',
    unavailable     UInt64                           COMMENT 'windows older than the API keeps',
    requests        UInt64                           COMMENT 'requests sent, retries included',
    throttled       UInt64                           COMMENT 'requests that the API refused for their rate',
    retries         UInt64                           COMMENT 'requests sent again after a failure that may pass',
    rows            UInt64                           COMMENT 'facts written',
    reported        UInt64                           COMMENT 'facts written that have a value',
    revised         UInt64                           COMMENT 'buckets whose value changed',
    retracted       UInt64                           COMMENT 'buckets that had a value and have none now',
    written_at      DateTime64(6, 'UTC')             COMMENT 'when this state was written; the newest row counts',
    beat_at         DateTime64(6, 'UTC') DEFAULT now64(6)
                                                     COMMENT 'the same by the warehouse''s clock'
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY run_id
COMMENT 'The state of each run. Read the view runs instead.'
