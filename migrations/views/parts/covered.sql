-- The ranges of each series that accepted answers cover: the union of their windows. Part of flow_coverage.
CREATE VIEW mnaflow.covered
(
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity    LowCardinality(String)  COMMENT 'hourly or daily',
    access_region  LowCardinality(String)  COMMENT 'ALL, MC, AP, EU or AM',
    gateway_type   LowCardinality(String)  COMMENT 'public or private',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink or total',
    covered_begin  DateTime('UTC')         COMMENT 'first instant of an unbroken range',
    covered_end    DateTime('UTC')         COMMENT 'first instant after it'
)
AS
SELECT account, granularity, access_region, gateway_type, traffic_type,
    min(window_begin) AS covered_begin,
    max(window_end) AS covered_end
FROM
(
    SELECT *, sum(opens) OVER
        (PARTITION BY account, granularity, access_region, gateway_type, traffic_type ORDER BY window_begin
         ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS island
    FROM
    (
        SELECT *, window_begin > max(window_end) OVER
            (PARTITION BY account, granularity, access_region, gateway_type, traffic_type ORDER BY window_begin
             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS opens
        FROM
        (
            SELECT
                account, granularity, access_region, gateway_type, traffic_type,
                window_begin, max(window_end) AS window_end
            FROM mnaflow.ledger
            WHERE state = 'accepted'
                AND (granularity = 'hourly' OR (account, time_zone) IN
                    (SELECT account, argMax(time_zone, written_at) FROM mnaflow.series GROUP BY account))
            GROUP BY account, granularity, access_region, gateway_type, traffic_type, window_begin
        )
    )
)
GROUP BY account, granularity, access_region, gateway_type, traffic_type, island
