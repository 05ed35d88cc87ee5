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
AS
SELECT verify_id, checked_at, check_name, state, account, granularity, access_region, gateway_type, traffic_type,
    range_begin, range_end, compared, compared_buckets, left_figure, right_figure, difference, detail
FROM mnaflow.check_results FINAL
