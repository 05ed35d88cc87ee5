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
COMMENT 'One row a window and attempt: the only record of what has been asked for. Read the view extractions instead.'
