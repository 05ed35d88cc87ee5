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
AS
SELECT
    account, access_region, gateway_type, hour, day,
    sumIf(bytes, traffic_type = 'uplink') AS uplink_bytes,
    sumIf(bytes, traffic_type = 'downlink') AS downlink_bytes,
    if(
        countIf(traffic_type = 'total') > 0,
        sumIf(bytes, traffic_type = 'total'),
        uplink_bytes + downlink_bytes) AS total_bytes,
    min(is_final) AS is_final
FROM mnaflow.flow_hourly
WHERE access_region != 'ALL'
GROUP BY account, access_region, gateway_type, hour, day
