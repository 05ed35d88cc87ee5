-- Traffic of each series and hour as the API reports it. ALL holds the regions and total both directions, so a
-- blind sum counts everything four times: sum usage_hourly instead.
CREATE VIEW mnaflow.flow_hourly
(
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    access_region  LowCardinality(String)  COMMENT 'MC, AP, EU, AM, or ALL: the four summed',
    gateway_type   LowCardinality(String)  COMMENT 'public or private',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink, or total: both summed',
    hour           DateTime('UTC')         COMMENT 'start of the hour, UTC',
    day            Date                    COMMENT 'date of the hour in the account''s time zone',
    bytes          UInt64                  COMMENT 'traffic in bytes',
    is_final       Bool                    COMMENT 'mnaflow has stopped asking for this hour',
    extracted_at   DateTime64(3, 'UTC')    COMMENT 'when the request that last confirmed the value was sent',
    run_id         UUID                    COMMENT 'the run that asked',
    request_id     String                  COMMENT 'the vendor''s id of the request'
)
AS
SELECT
    account, access_region, gateway_type, traffic_type, bucket AS hour, day,
    bytes, is_final, extracted_at, run_id, request_id
FROM mnaflow.facts FINAL
WHERE granularity = 'hourly' AND reported
