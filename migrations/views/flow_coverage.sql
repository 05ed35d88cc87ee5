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
AS
SELECT account, granularity, access_region, gateway_type, traffic_type,
    configured, expected_from, expected_to,
    expected_buckets, covered_buckets, reported_buckets, failed_buckets, unavailable_buckets, gap_buckets,
    first_reported, last_reported, last_extracted_at
FROM mnaflow.series_coverage
