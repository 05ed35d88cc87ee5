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
COMMENT 'One row a check of each verification, passed ones too. Read the view data_checks instead.'
