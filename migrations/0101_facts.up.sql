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
COMMENT 'Every bucket that an accepted answer covers, with its newest value. Read the flow and usage views.'
