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
AS
SELECT
    account, access_region, gateway_type, bucket AS hour, day,
    sumIf(bytes, traffic_type = 'uplink') AS uplink_bytes,
    sumIf(bytes, traffic_type = 'downlink') AS downlink_bytes,
    -- A total that is covered and not reported is no total: the directions may have been reported all the same.
    if(
        countIf(traffic_type = 'total' AND reported) > 0,
        sumIf(bytes, traffic_type = 'total'),
        uplink_bytes + downlink_bytes) AS total_bytes,
    min(is_final) AS is_final
FROM mnaflow.facts FINAL
WHERE granularity = 'hourly' AND access_region != 'ALL'
GROUP BY account, access_region, gateway_type, hour, day
