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
COMMENT 'Every value that a bucket has had, the first one included. Read the view flow_revisions instead.'
