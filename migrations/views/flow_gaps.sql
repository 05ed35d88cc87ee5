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
AS
SELECT
    account, granularity, access_region, gateway_type, traffic_type,
    segment_begin AS gap_begin, segment_end AS gap_end, reason
FROM mnaflow.uncovered
