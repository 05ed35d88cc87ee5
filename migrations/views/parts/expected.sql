-- What should be covered of each series: from start to now less settle. Part of flow_coverage.
CREATE VIEW mnaflow.expected
(
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity    LowCardinality(String)  COMMENT 'hourly or daily',
    access_region  LowCardinality(String)  COMMENT 'ALL, MC, AP, EU or AM',
    gateway_type   LowCardinality(String)  COMMENT 'public or private',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink or total',
    configured     Bool                    COMMENT 'the configuration of the last load extracts it',
    time_zone      LowCardinality(String)  COMMENT 'of the account',
    expected_from  DateTime('UTC')         COMMENT 'first instant that should be covered',
    expected_to    DateTime('UTC')         COMMENT 'end of the newest bucket that has settled'
)
AS
SELECT
    account, granularity, access_region, gateway_type, traffic_type,
    configured,
    s.time_zone AS time_zone,
    expected_from,
    greatest(expected_from, if(granularity = 'hourly', toStartOfHour(settled), d.day_end)) AS expected_to
FROM
(
    SELECT *, now('UTC') - toIntervalSecond(settle_seconds) AS settled
    FROM mnaflow.series FINAL
) AS s
ASOF LEFT JOIN (SELECT time_zone, day_end FROM mnaflow.days FINAL) AS d
    ON s.time_zone = d.time_zone AND settled >= d.day_end
WHERE granularity = 'hourly' OR d.day_end > toDateTime(0, 'UTC')
