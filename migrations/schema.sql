-- The schema of the warehouse on one page, for readers. Nothing runs this file.
--
-- It is generated from the tables in migrations/*.up.sql and the views in migrations/views. Change those, then run
--     make schema
-- A test compares this page with them. A view's SELECT stands in the view's own file.


-- Tables. Loads write them; only the program reads them.

-- 0101_facts.up.sql
CREATE TABLE IF NOT EXISTS facts
(
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity    LowCardinality(String)  COMMENT 'hourly or daily',
    access_region  LowCardinality(String)  COMMENT 'ALL, MC, AP, EU or AM',
    gateway_type   LowCardinality(String)  COMMENT 'public or private',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink or total',
    bucket         DateTime('UTC')
        COMMENT 'start of the hour, or of the day of the account''s time zone' CODEC(Delta, ZSTD),
    day            Date                    COMMENT 'date of the bucket in the account''s time zone' CODEC(Delta, ZSTD),
    time_zone      LowCardinality(String)  COMMENT 'the account''s time zone when this was asked for',
    bytes          UInt64                  COMMENT 'traffic in bytes; 0 where not reported' CODEC(T64, ZSTD),
    reported       Bool
        COMMENT 'false: an accepted answer covers the bucket and has no point for it',
    is_final       Bool                    COMMENT 'mnaflow has stopped asking for this bucket',
    extracted_at   DateTime64(3, 'UTC')
        COMMENT 'when the request that last confirmed the value was sent' CODEC(Delta, ZSTD),
    run_id         UUID                    COMMENT 'the run that asked',
    request_id     String                  COMMENT 'the vendor''s id of the request' CODEC(ZSTD),
    version        UInt64
        COMMENT 'microseconds of the warehouse''s clock when the request was sent; the highest wins' CODEC(Delta, ZSTD),
    INDEX by_version version TYPE minmax
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY (granularity, toYear(bucket))
ORDER BY (account, granularity, access_region, gateway_type, traffic_type, bucket)
COMMENT 'Every bucket that an accepted answer covers, with its newest value. Read the flow and usage views.';

-- 0102_history.up.sql
CREATE TABLE IF NOT EXISTS history
(
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity    LowCardinality(String)  COMMENT 'hourly or daily',
    access_region  LowCardinality(String)  COMMENT 'ALL, MC, AP, EU or AM',
    gateway_type   LowCardinality(String)  COMMENT 'public or private',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink or total',
    bucket         DateTime('UTC')
        COMMENT 'start of the hour, or of the day of the account''s time zone' CODEC(Delta, ZSTD),
    day            Date                    COMMENT 'date of the bucket in the account''s time zone' CODEC(Delta, ZSTD),
    time_zone      LowCardinality(String)  COMMENT 'the account''s time zone when this was asked for',
    bytes          UInt64                  COMMENT 'traffic in bytes; 0 where not reported' CODEC(T64, ZSTD),
    reported       Bool                    COMMENT 'false: the answer had no point for the bucket',
    was_final      Bool                    COMMENT 'the value before this one had been declared final',
    observed_at    DateTime64(3, 'UTC')    COMMENT 'when the request that answered this was sent' CODEC(Delta, ZSTD),
    run_id         UUID                    COMMENT 'the run that asked',
    request_id     String                  COMMENT 'the vendor''s id of the request' CODEC(ZSTD),
    version        UInt64
        COMMENT 'microseconds of the warehouse''s clock when the request was sent' CODEC(Delta, ZSTD),
    INDEX by_version version TYPE minmax
)
ENGINE = ReplacingMergeTree
PARTITION BY (granularity, toYear(bucket))
ORDER BY (account, granularity, access_region, gateway_type, traffic_type, bucket, version)
COMMENT 'Every value that a bucket has had, the first one included. Read the view flow_revisions instead.';

-- 0103_ledger.up.sql
CREATE TABLE IF NOT EXISTS ledger
(
    id             UUID                      COMMENT 'of this attempt at a window',
    run_id         UUID                      COMMENT 'the run that asked',
    account        LowCardinality(String)    COMMENT 'name of the account in the configuration',
    granularity    LowCardinality(String)    COMMENT 'hourly or daily',
    access_region  LowCardinality(String)    COMMENT 'ALL, MC, AP, EU or AM',
    gateway_type   LowCardinality(String)    COMMENT 'public or private',
    traffic_type   LowCardinality(String)    COMMENT 'uplink, downlink or total',
    window_begin   DateTime('UTC')           COMMENT 'first instant of the window' CODEC(Delta, ZSTD),
    window_end     DateTime('UTC')           COMMENT 'first instant after the window' CODEC(Delta, ZSTD),
    time_zone      LowCardinality(String)    COMMENT 'the account''s time zone when this was asked for',
    state          LowCardinality(String)
        COMMENT 'accepted: stored; failed: to be asked for again; unavailable: older than the API keeps',
    error_class    LowCardinality(String)
        COMMENT 'why it failed: transient, throttled, refused, rejected, denied, disagrees, suspect; or empty',
    reason         String                    COMMENT 'why it failed or is doubtful, in words' CODEC(ZSTD),
    failures       UInt16
        COMMENT 'attempts in a row that failed for these buckets, this one included; outages not counted',
    request_id     String                    COMMENT 'the vendor''s id of the last request' CODEC(ZSTD),
    attempts       UInt16                    COMMENT 'requests sent for this window, retries included',
    sent_at        DateTime64(3, 'UTC')      COMMENT 'when the last request was sent' CODEC(Delta, ZSTD),
    answered_at    DateTime64(3, 'UTC')      COMMENT 'when its answer was complete' CODEC(Delta, ZSTD),
    buckets        UInt32                    COMMENT 'buckets in the window' CODEC(T64, ZSTD),
    points         UInt32                    COMMENT 'points in the answer' CODEC(T64, ZSTD),
    reported       UInt32                    COMMENT 'buckets of the window that have a point' CODEC(T64, ZSTD),
    dropped        UInt32                    COMMENT 'points outside the window, not stored' CODEC(T64, ZSTD),
    rounded        UInt32                    COMMENT 'points with a fraction of a byte, rounded' CODEC(T64, ZSTD),
    floored        UInt32                    COMMENT 'points off the full hour, taken for their hour' CODEC(T64, ZSTD),
    revised        UInt32                    COMMENT 'buckets whose value changed' CODEC(T64, ZSTD),
    retracted      UInt32                    COMMENT 'buckets that had a value and have none now' CODEC(T64, ZSTD),
    api_max        Nullable(Float64)         COMMENT 'the API''s own MaxValue over the points it returned, bytes',
    api_avg        Nullable(Float64)         COMMENT 'the API''s own AvgValue, bytes',
    api_total      Nullable(Float64)         COMMENT 'the API''s own TotalValue, bytes',
    version        UInt64
        COMMENT 'microseconds of the warehouse''s clock when the last request was sent' CODEC(Delta, ZSTD),
    INDEX by_version version TYPE minmax
)
ENGINE = ReplacingMergeTree
ORDER BY (account, granularity, access_region, gateway_type, traffic_type, version, id)
COMMENT 'One row a window and attempt: the only record of what has been asked for. Read the view extractions instead.';

-- 0104_series.up.sql
CREATE TABLE IF NOT EXISTS series
(
    account           LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity       LowCardinality(String)  COMMENT 'hourly or daily',
    access_region     LowCardinality(String)  COMMENT 'ALL, MC, AP, EU or AM',
    gateway_type      LowCardinality(String)  COMMENT 'public or private',
    traffic_type      LowCardinality(String)  COMMENT 'uplink, downlink or total',
    configured        Bool                    COMMENT 'the configuration of the last load extracts it',
    expected_from     DateTime('UTC')
        COMMENT 'first instant of the configured start date in the account''s time zone',
    time_zone         LowCardinality(String)  COMMENT 'of the account',
    settle_seconds    UInt32                  COMMENT 'a bucket is first asked for this long after its end',
    refresh_seconds   UInt32
        COMMENT 'one that is not final is asked for again this long after the last time',
    finality_seconds  UInt32                  COMMENT 'a bucket is final this long after the end of its day',
    written_at        DateTime64(6, 'UTC')    COMMENT 'when a load wrote this; the newest row counts'
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY (account, granularity, access_region, gateway_type, traffic_type)
COMMENT 'What the configuration of the last load asks for, one row a series; views cannot read a file.';

-- 0105_days.up.sql
CREATE TABLE IF NOT EXISTS days
(
    time_zone   LowCardinality(String)  COMMENT 'of an account',
    day         Date                    COMMENT 'a date in that zone' CODEC(Delta, ZSTD),
    day_begin   DateTime('UTC')         COMMENT 'its first instant' CODEC(Delta, ZSTD),
    day_end     DateTime('UTC')         COMMENT 'the first instant after it' CODEC(Delta, ZSTD),
    written_at  DateTime64(6, 'UTC')    COMMENT 'when a load wrote this; the newest row counts'
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY (time_zone, day)
COMMENT 'When each day of each time zone begins and ends: SQL cannot take a zone from a column. Loads write it.';

-- 0106_run_states.up.sql
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
COMMENT 'The state of each run. Read the view runs instead.';

-- 0107_check_results.up.sql
CREATE TABLE IF NOT EXISTS check_results
(
    verify_id      UUID                    COMMENT 'of the verification',
    checked_at     DateTime64(3, 'UTC')    COMMENT 'when it started',
    check_name     LowCardinality(String)
        COMMENT 'what was checked: directions, regions, days, answers, coverage, storage or views',
    state          LowCardinality(String)  COMMENT 'passed, failed, pending (not all buckets are final) or skipped',
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity    LowCardinality(String)  COMMENT 'hourly or daily; empty where it does not apply',
    access_region  LowCardinality(String)  COMMENT 'ALL, MC, AP, EU or AM; empty where it does not apply',
    gateway_type   LowCardinality(String)  COMMENT 'public or private; empty where it does not apply',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink or total; empty where it does not apply',
    range_begin    DateTime('UTC')         COMMENT 'first instant of what was compared',
    range_end      DateTime('UTC')         COMMENT 'first instant after it',
    compared       String                  COMMENT 'which figure was held against which',
    compared_buckets UInt64                COMMENT 'how many buckets, windows or rows the two figures sum up',
    left_figure    Nullable(Int128)        COMMENT 'the first figure',
    right_figure   Nullable(Int128)        COMMENT 'the second figure',
    difference     Nullable(Int128)        COMMENT 'the first less the second',
    detail         String                  COMMENT 'what follows from it, in words'
)
ENGINE = ReplacingMergeTree
ORDER BY
    (checked_at, verify_id, check_name, account, granularity, access_region, gateway_type, traffic_type,
    range_begin, range_end, compared)
COMMENT 'One row a check of each verification, passed ones too. Read the view data_checks instead.';

-- 0108_limits.up.sql
CREATE TABLE IF NOT EXISTS limits
(
    account      LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity  LowCardinality(String)  COMMENT 'hourly or daily',
    longest_answered UInt32              COMMENT 'buckets in the longest window that the API has answered',
    shortest_refused UInt32
        COMMENT 'buckets in the shortest window that it refused for its length; 0: none',
    run_id       UUID                    COMMENT 'the run that wrote this',
    learned_at   DateTime64(6, 'UTC')    COMMENT 'when the latter was found; after 30 days a longer window is tried',
    written_at   DateTime64(6, 'UTC')    COMMENT 'when this was written; the newest row counts'
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY (account, granularity)
COMMENT 'The longest window that the API answers lies between the two lengths. No page of the vendor says.';

-- 0109_ledger_evidence.up.sql
ALTER TABLE ledger ADD COLUMN IF NOT EXISTS checksum Nullable(UInt64)
        COMMENT 'sum over its buckets of xxHash64 of bucket, reported and bytes as stored; null unless accepted',
    ADD COLUMN IF NOT EXISTS final_before Nullable(DateTime('UTC'))
        COMMENT 'buckets of this answer that start before it are final; null unless accepted';


-- Views for everybody: analysts and BI tools read these.

-- views/data_checks.sql
-- One row a check of each verification: what was compared, both figures and the difference. What agrees is one row
-- a series; what differs is one row a bucket.
CREATE VIEW mnaflow.data_checks
(
    verify_id      UUID                    COMMENT 'of the verification',
    checked_at     DateTime64(3, 'UTC')    COMMENT 'when it started',
    check_name     LowCardinality(String)
        COMMENT 'what was checked: directions, regions, days, answers, coverage, storage or views',
    state          LowCardinality(String)  COMMENT 'passed, failed, pending (not all buckets are final) or skipped',
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity    LowCardinality(String)  COMMENT 'hourly or daily; empty where it does not apply',
    access_region  LowCardinality(String)  COMMENT 'ALL, MC, AP, EU or AM; empty where it does not apply',
    gateway_type   LowCardinality(String)  COMMENT 'public or private; empty where it does not apply',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink or total; empty where it does not apply',
    range_begin    DateTime('UTC')         COMMENT 'first instant of what was compared',
    range_end      DateTime('UTC')         COMMENT 'first instant after it',
    compared       String                  COMMENT 'which figure was held against which',
    compared_buckets  UInt64               COMMENT 'how many buckets, windows or rows the two figures sum up',
    left_figure    Nullable(Int128)        COMMENT 'the first figure',
    right_figure   Nullable(Int128)        COMMENT 'the second figure',
    difference     Nullable(Int128)        COMMENT 'the first less the second',
    detail         String                  COMMENT 'what follows from it, in words'
)
AS SELECT …;

-- views/extractions.sql
-- The ledger: one row a window and attempt, with what was asked, what the API answered, and what became of it.
CREATE VIEW mnaflow.extractions
(
    id             UUID                      COMMENT 'of this attempt at a window',
    run_id         UUID                      COMMENT 'the run that asked',
    account        LowCardinality(String)    COMMENT 'name of the account in the configuration',
    granularity    LowCardinality(String)    COMMENT 'hourly or daily',
    access_region  LowCardinality(String)    COMMENT 'ALL, MC, AP, EU or AM',
    gateway_type   LowCardinality(String)    COMMENT 'public or private',
    traffic_type   LowCardinality(String)    COMMENT 'uplink, downlink or total',
    window_begin   DateTime('UTC')           COMMENT 'first instant of the window',
    window_end     DateTime('UTC')           COMMENT 'first instant after the window',
    time_zone      LowCardinality(String)    COMMENT 'the account''s time zone when this was asked for',
    state          LowCardinality(String)
        COMMENT 'accepted: stored; failed: to be asked for again; unavailable: older than the API keeps',
    error_class    LowCardinality(String)
        COMMENT 'why it failed: transient, throttled, refused, rejected, denied, disagrees, suspect; or empty',
    reason         String                    COMMENT 'why it failed or is doubtful, in words',
    failures       UInt16
        COMMENT 'attempts in a row that failed for these buckets, this one included; outages not counted',
    request_id     String                    COMMENT 'the vendor''s id of the last request',
    attempts       UInt16                    COMMENT 'requests sent for this window, retries included',
    sent_at        DateTime64(3, 'UTC')      COMMENT 'when the last request was sent',
    answered_at    DateTime64(3, 'UTC')      COMMENT 'when its answer was complete',
    buckets        UInt32                    COMMENT 'buckets in the window',
    points         UInt32                    COMMENT 'points in the answer',
    reported       UInt32                    COMMENT 'buckets of the window that have a point',
    dropped        UInt32                    COMMENT 'points outside the window, not stored',
    rounded        UInt32                    COMMENT 'points with a fraction of a byte, rounded',
    floored        UInt32                    COMMENT 'points off the full hour, taken for their hour',
    revised        UInt32                    COMMENT 'buckets whose value changed',
    retracted      UInt32                    COMMENT 'buckets that had a value and have none now',
    api_max        Nullable(Float64)         COMMENT 'the API''s own MaxValue over the points it returned, bytes',
    api_avg        Nullable(Float64)         COMMENT 'the API''s own AvgValue, bytes',
    api_total      Nullable(Float64)         COMMENT 'the API''s own TotalValue, bytes'
)
AS SELECT …;

-- views/flow_coverage.sql
-- One row a series: whether everything from the configured start to now less settle is there.
CREATE VIEW mnaflow.flow_coverage
(
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity    LowCardinality(String)  COMMENT 'hourly or daily',
    access_region  LowCardinality(String)  COMMENT 'ALL, MC, AP, EU or AM',
    gateway_type   LowCardinality(String)  COMMENT 'public or private',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink or total',
    configured           Bool                             COMMENT 'the configuration of the last load extracts it',
    expected_from        DateTime('UTC')                  COMMENT 'first instant that should be covered, UTC',
    expected_to          DateTime('UTC')                  COMMENT 'end of the newest bucket that has settled, UTC',
    expected_buckets     UInt64
        COMMENT 'buckets between the two; covered, failed, unavailable and gap buckets sum to it',
    covered_buckets      UInt64                           COMMENT 'buckets that an accepted answer covers',
    reported_buckets     UInt64
        COMMENT 'buckets with a value; the API leaves out those without traffic',
    failed_buckets       UInt64                           COMMENT 'buckets whose only attempts failed',
    unavailable_buckets  UInt64                           COMMENT 'buckets older than the API keeps',
    gap_buckets          UInt64                           COMMENT 'buckets never requested',
    first_reported       Nullable(DateTime('UTC'))        COMMENT 'start of the oldest bucket with a value',
    last_reported        Nullable(DateTime('UTC'))        COMMENT 'start of the newest bucket with a value',
    last_extracted_at    Nullable(DateTime64(3, 'UTC'))   COMMENT 'when the last accepted request was sent'
)
AS SELECT …;

-- views/flow_daily.sql
-- Traffic of each series and day as the API reports it. ALL holds the regions and total both directions, so a blind
-- sum counts everything four times: sum usage_daily instead.
CREATE VIEW mnaflow.flow_daily
(
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    access_region  LowCardinality(String)  COMMENT 'MC, AP, EU, AM, or ALL: the four summed',
    gateway_type   LowCardinality(String)  COMMENT 'public or private',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink, or total: both summed',
    day            Date                    COMMENT 'date in the account''s time zone',
    bytes          UInt64                  COMMENT 'traffic in bytes',
    is_final       Bool                    COMMENT 'mnaflow has stopped asking for this day',
    extracted_at   DateTime64(3, 'UTC')    COMMENT 'when the request that last confirmed the value was sent',
    run_id         UUID                    COMMENT 'the run that asked',
    request_id     String                  COMMENT 'the vendor''s id of the request'
)
AS SELECT …;

-- views/flow_daily_as_of.sql
-- flow_daily as the warehouse knew it at a moment, by the requests sent until then: SELECT … FROM
-- flow_daily_as_of(at = '2026-11-01 00:00:00'); a text without an offset is UTC.
CREATE VIEW mnaflow.flow_daily_as_of
(
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    access_region  LowCardinality(String)  COMMENT 'MC, AP, EU, AM, or ALL: the four summed',
    gateway_type   LowCardinality(String)  COMMENT 'public or private',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink, or total: both summed',
    day            Date                    COMMENT 'date in the account''s time zone',
    bytes          UInt64                  COMMENT 'traffic in bytes',
    observed_at    DateTime64(3, 'UTC')
        COMMENT 'when a request showed this value: of an older value the first one, of the newest the last',
    run_id         UUID                    COMMENT 'the run that sent it',
    request_id     String                  COMMENT 'the vendor''s id of it'
)
AS SELECT …;

-- views/flow_gaps.sql
-- What no accepted answer covers, from the configured start to now less settle. The next run closes what it can.
CREATE VIEW mnaflow.flow_gaps
(
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity    LowCardinality(String)  COMMENT 'hourly or daily',
    access_region  LowCardinality(String)  COMMENT 'ALL, MC, AP, EU or AM',
    gateway_type   LowCardinality(String)  COMMENT 'public or private',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink or total',
    gap_begin      DateTime('UTC')         COMMENT 'first instant of the gap, UTC',
    gap_end        DateTime('UTC')         COMMENT 'first instant after it, UTC',
    reason         String                  COMMENT 'never requested; failed: and why; unavailable: and why'
)
AS SELECT …;

-- views/flow_hourly.sql
-- Traffic of each series and hour as the API reports it. ALL holds the regions and total both directions, so a
-- blind sum counts everything four times: sum usage_hourly instead.
CREATE VIEW mnaflow.flow_hourly
(
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    access_region  LowCardinality(String)  COMMENT 'MC, AP, EU, AM, or ALL: the four summed',
    gateway_type   LowCardinality(String)  COMMENT 'public or private',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink, or total: both summed',
    hour           DateTime('UTC')         COMMENT 'start of the hour, UTC',
    day            Date                    COMMENT 'date of the hour in the account''s time zone',
    bytes          UInt64                  COMMENT 'traffic in bytes',
    is_final       Bool                    COMMENT 'mnaflow has stopped asking for this hour',
    extracted_at   DateTime64(3, 'UTC')    COMMENT 'when the request that last confirmed the value was sent',
    run_id         UUID                    COMMENT 'the run that asked',
    request_id     String                  COMMENT 'the vendor''s id of the request'
)
AS SELECT …;

-- views/flow_hourly_as_of.sql
-- flow_hourly as the warehouse knew it at a moment, by the requests sent until then: SELECT … FROM
-- flow_hourly_as_of(at = '2026-11-01 00:00:00'); a text without an offset is UTC.
CREATE VIEW mnaflow.flow_hourly_as_of
(
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    access_region  LowCardinality(String)  COMMENT 'MC, AP, EU, AM, or ALL: the four summed',
    gateway_type   LowCardinality(String)  COMMENT 'public or private',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink, or total: both summed',
    hour           DateTime('UTC')         COMMENT 'start of the hour, UTC',
    day            Date                    COMMENT 'date of the hour in the account''s time zone, as then',
    bytes          UInt64                  COMMENT 'traffic in bytes',
    observed_at    DateTime64(3, 'UTC')
        COMMENT 'when a request showed this value: of an older value the first one, of the newest the last',
    run_id         UUID                    COMMENT 'the run that sent it',
    request_id     String                  COMMENT 'the vendor''s id of it'
)
AS SELECT …;

-- views/flow_revisions.sql
-- One row each time the API changed its answer for a bucket. A first value is none.
CREATE VIEW mnaflow.flow_revisions
(
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity    LowCardinality(String)  COMMENT 'hourly or daily',
    access_region  LowCardinality(String)  COMMENT 'ALL, MC, AP, EU or AM',
    gateway_type   LowCardinality(String)  COMMENT 'public or private',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink or total',
    bucket         DateTime('UTC')         COMMENT 'start of the hour or day, UTC',
    day            Date                    COMMENT 'date of the bucket in the account''s time zone',
    old_bytes      Nullable(UInt64)        COMMENT 'the value before, bytes; null where there was none',
    new_bytes      Nullable(UInt64)        COMMENT 'the value after, bytes; null where there is none',
    was_final      Bool                    COMMENT 'the value before had been declared final',
    observed_at    DateTime64(3, 'UTC')    COMMENT 'when the request that showed the change was sent',
    run_id         UUID                    COMMENT 'the run that asked',
    request_id     String                  COMMENT 'the vendor''s id of the request'
)
AS SELECT …;

-- views/runs.sql
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
AS SELECT …;

-- views/usage_daily.sql
-- Start here: traffic of each region, gateway type and day, safe to sum over every column.
CREATE VIEW mnaflow.usage_daily
(
    account         LowCardinality(String)  COMMENT 'name of the account in the configuration',
    access_region   LowCardinality(String)  COMMENT 'MC, AP, EU or AM; never ALL, so that regions can be summed',
    gateway_type    LowCardinality(String)  COMMENT 'public or private',
    day             Date                    COMMENT 'date in the account''s time zone',
    uplink_bytes    UInt64                  COMMENT 'uplink traffic in bytes',
    downlink_bytes  UInt64                  COMMENT 'downlink traffic in bytes',
    total_bytes     UInt64
        COMMENT 'both directions in bytes, as the API sums them; their sum where it has no total',
    is_final        Bool                    COMMENT 'mnaflow has stopped asking for any part of this day'
)
AS SELECT …;

-- views/usage_daily_as_of.sql
-- usage_daily as the warehouse knew it at a moment, by the requests sent until then: SELECT … FROM
-- usage_daily_as_of(at = '2026-11-01 00:00:00'); a text without an offset is UTC.
CREATE VIEW mnaflow.usage_daily_as_of
(
    account         LowCardinality(String)  COMMENT 'name of the account in the configuration',
    access_region   LowCardinality(String)  COMMENT 'MC, AP, EU or AM; never ALL, so that regions can be summed',
    gateway_type    LowCardinality(String)  COMMENT 'public or private',
    day             Date                    COMMENT 'date in the account''s time zone',
    uplink_bytes    UInt64                  COMMENT 'uplink traffic in bytes',
    downlink_bytes  UInt64                  COMMENT 'downlink traffic in bytes',
    total_bytes     UInt64
        COMMENT 'both directions in bytes, as the API sums them; their sum where it has no total'
)
AS SELECT …;

-- views/usage_hourly.sql
-- Start here: traffic of each region, gateway type and hour, safe to sum over every column.
CREATE VIEW mnaflow.usage_hourly
(
    account         LowCardinality(String)  COMMENT 'name of the account in the configuration',
    access_region   LowCardinality(String)  COMMENT 'MC, AP, EU or AM; never ALL, so that regions can be summed',
    gateway_type    LowCardinality(String)  COMMENT 'public or private',
    hour            DateTime('UTC')         COMMENT 'start of the hour, UTC',
    day             Date                    COMMENT 'date of the hour in the account''s time zone',
    uplink_bytes    UInt64                  COMMENT 'uplink traffic in bytes',
    downlink_bytes  UInt64                  COMMENT 'downlink traffic in bytes',
    total_bytes     UInt64
        COMMENT 'both directions in bytes, as the API sums them; their sum where it has no total',
    is_final        Bool                    COMMENT 'mnaflow has stopped asking for any part of this hour'
)
AS SELECT …;

-- views/usage_hourly_filled.sql
-- usage_hourly with a row for every hour that an accepted answer covers, 0 where no traffic was reported: for
-- charts. An hour without a row is missing: see flow_gaps.
CREATE VIEW mnaflow.usage_hourly_filled
(
    account         LowCardinality(String)  COMMENT 'name of the account in the configuration',
    access_region   LowCardinality(String)  COMMENT 'MC, AP, EU or AM; never ALL, so that regions can be summed',
    gateway_type    LowCardinality(String)  COMMENT 'public or private',
    hour            DateTime('UTC')         COMMENT 'start of the hour, UTC',
    day             Date                    COMMENT 'date of the hour in the account''s time zone',
    uplink_bytes    UInt64                  COMMENT 'uplink traffic in bytes; 0 where none was reported',
    downlink_bytes  UInt64                  COMMENT 'downlink traffic in bytes; 0 where none was reported',
    total_bytes     UInt64
        COMMENT 'both directions in bytes, as the API sums them; their sum where it has no total',
    is_final        Bool                    COMMENT 'mnaflow has stopped asking for any part of this hour'
)
AS SELECT …;


-- Views that are parts of those.

-- views/parts/expected.sql
-- What should be covered of each series: from start to now less settle. Part of flow_coverage.
CREATE VIEW mnaflow.expected
(
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity    LowCardinality(String)  COMMENT 'hourly or daily',
    access_region  LowCardinality(String)  COMMENT 'ALL, MC, AP, EU or AM',
    gateway_type   LowCardinality(String)  COMMENT 'public or private',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink or total',
    configured     Bool                    COMMENT 'the configuration of the last load extracts it',
    time_zone      LowCardinality(String)  COMMENT 'of the account',
    expected_from  DateTime('UTC')         COMMENT 'first instant that should be covered',
    expected_to    DateTime('UTC')         COMMENT 'end of the newest bucket that has settled'
)
AS SELECT …;

-- views/parts/segments.sql
-- What no accepted answer covers of what should be covered, cut wherever an attempt at it begins or ends. Part of
-- flow_coverage.
CREATE VIEW mnaflow.segments
(
    series         Tuple(account LowCardinality(String), granularity LowCardinality(String),
        access_region LowCardinality(String), gateway_type LowCardinality(String),
        traffic_type LowCardinality(String))
        COMMENT 'account, granularity, access_region, gateway_type and traffic_type',
    segment_begin  DateTime('UTC')  COMMENT 'first instant of the range',
    segment_end    DateTime('UTC')  COMMENT 'first instant after it',
    version        UInt64           COMMENT 'of its newest attempt; 0: never requested',
    state          LowCardinality(String)  COMMENT 'failed, unavailable, or gap: never requested'
)
AS SELECT …;

-- views/parts/series_coverage.sql
-- One row a series: flow_coverage, and how fresh it is. Part of flow_coverage.
CREATE VIEW mnaflow.series_coverage
(
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity    LowCardinality(String)  COMMENT 'hourly or daily',
    access_region  LowCardinality(String)  COMMENT 'ALL, MC, AP, EU or AM',
    gateway_type   LowCardinality(String)  COMMENT 'public or private',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink or total',
    configured           Bool                             COMMENT 'the configuration of the last load extracts it',
    expected_from        DateTime('UTC')                  COMMENT 'first instant that should be covered, UTC',
    expected_to          DateTime('UTC')                  COMMENT 'end of the newest bucket that has settled, UTC',
    expected_buckets     UInt64
        COMMENT 'buckets between the two; covered, failed, unavailable and gap buckets sum to it',
    covered_buckets      UInt64                           COMMENT 'buckets that an accepted answer covers',
    reported_buckets     UInt64
        COMMENT 'buckets with a value; the API leaves out those without traffic',
    failed_buckets       UInt64                           COMMENT 'buckets whose only attempts failed',
    unavailable_buckets  UInt64                           COMMENT 'buckets older than the API keeps',
    gap_buckets          UInt64                           COMMENT 'buckets never requested',
    first_reported       Nullable(DateTime('UTC'))        COMMENT 'start of the oldest bucket with a value',
    last_reported        Nullable(DateTime('UTC'))        COMMENT 'start of the newest bucket with a value',
    last_extracted_at    Nullable(DateTime64(3, 'UTC'))   COMMENT 'when the last accepted request was sent',
    fresh_to             DateTime('UTC')
        COMMENT 'end of the newest range that an accepted answer covers; 1970 where none does',
    tail_buckets         UInt64                           COMMENT 'of the gap, what has settled since fresh_to'
)
AS SELECT …;

-- views/parts/uncovered.sql
-- What no accepted answer covers of what should be covered, cut where the reason changes. Part of flow_coverage.
CREATE VIEW mnaflow.uncovered
(
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity    LowCardinality(String)  COMMENT 'hourly or daily',
    access_region  LowCardinality(String)  COMMENT 'ALL, MC, AP, EU or AM',
    gateway_type   LowCardinality(String)  COMMENT 'public or private',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink or total',
    segment_begin  DateTime('UTC')         COMMENT 'first instant of the range',
    segment_end    DateTime('UTC')         COMMENT 'first instant after it',
    state          LowCardinality(String)  COMMENT 'failed, unavailable, or gap: never requested',
    reason         String                  COMMENT 'why no accepted answer covers it'
)
AS SELECT …;
