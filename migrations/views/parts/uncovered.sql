-- What no accepted answer covers of what should be covered, cut where the reason changes. Part of flow_coverage.
CREATE VIEW mnaflow.uncovered
(
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity    LowCardinality(String)  COMMENT 'hourly or daily',
    access_region  LowCardinality(String)  COMMENT 'ALL, MC, AP, EU or AM',
    gateway_type   LowCardinality(String)  COMMENT 'public or private',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink or total',
    segment_begin  DateTime('UTC')         COMMENT 'first instant of the range',
    segment_end    DateTime('UTC')         COMMENT 'first instant after it',
    state          LowCardinality(String)  COMMENT 'failed, unavailable, or gap: never requested',
    reason         String                  COMMENT 'why no accepted answer covers it'
)
AS
SELECT
    series.1 AS account, series.2 AS granularity, series.3 AS access_region, series.4 AS gateway_type,
    series.5 AS traffic_type,
    min(segment_begin) AS segment_begin,
    max(segment_end) AS segment_end,
    any(why).1 AS state,
    if(state = 'gap', 'never requested', concat(state, ': ', any(why).2)) AS reason
FROM
(
    SELECT
        *,
        sum(differs) OVER
            (PARTITION BY series ORDER BY segment_begin ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS part
    FROM
    (
        SELECT
            *,
            (segment_begin, why) != lagInFrame((segment_end, why)) OVER
                (PARTITION BY series ORDER BY segment_begin ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS differs
        FROM
        (
            SELECT
                s.series AS series, s.segment_begin AS segment_begin, s.segment_end AS segment_end,
                (s.state, l.reason) AS why
            FROM
            (
                SELECT
                    (account, granularity, access_region, gateway_type, traffic_type) AS series,
                    version, reason
                FROM mnaflow.ledger
                WHERE state != 'accepted'
            ) AS l
            RIGHT ANY JOIN mnaflow.segments AS s ON s.series = l.series AND s.version = l.version
        )
    )
)
GROUP BY series, part
