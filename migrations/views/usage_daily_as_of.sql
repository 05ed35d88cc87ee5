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
AS
SELECT
    account, access_region, gateway_type, day,
    sumIf(bytes, traffic_type = 'uplink') AS uplink_bytes,
    sumIf(bytes, traffic_type = 'downlink') AS downlink_bytes,
    if(
        countIf(traffic_type = 'total') > 0,
        sumIf(bytes, traffic_type = 'total'),
        uplink_bytes + downlink_bytes) AS total_bytes
FROM mnaflow.flow_daily_as_of(at = {at:String})
WHERE access_region != 'ALL'
GROUP BY account, access_region, gateway_type, day
