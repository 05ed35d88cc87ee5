-- One row each time the API changed its answer for a bucket. A first value is none.
CREATE VIEW mnaflow.flow_revisions
(
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity    LowCardinality(String)  COMMENT 'hourly or daily',
    access_region  LowCardinality(String)  COMMENT 'ALL, MC, AP, EU or AM',
    gateway_type   LowCardinality(String)  COMMENT 'public or private',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink or total',
    bucket         DateTime('UTC')         COMMENT 'start of the hour or day, UTC',
    day            Date                    COMMENT 'date of the bucket in the account''s time zone',
    old_bytes      Nullable(UInt64)        COMMENT 'the value before, bytes; null where there was none',
    new_bytes      Nullable(UInt64)        COMMENT 'the value after, bytes; null where there is none',
    was_final      Bool                    COMMENT 'the value before had been declared final',
    observed_at    DateTime64(3, 'UTC')    COMMENT 'when the request that showed the change was sent',
    run_id         UUID                    COMMENT 'the run that asked',
    request_id     String                  COMMENT 'the vendor''s id of the request'
)
AS
SELECT
    account, granularity, access_region, gateway_type, traffic_type, bucket, day,
    old.2 AS old_bytes, value AS new_bytes, was_final, observed_at, run_id, request_id
FROM
(
    SELECT
        *,
        lagInFrame(tuple(true, value), 1, tuple(false, CAST(NULL AS Nullable(UInt64)))) OVER
        (
            PARTITION BY granularity, account, access_region, gateway_type, traffic_type, bucket
            ORDER BY version, origin
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS old
    FROM
    (
        -- With FINAL, or a row that was dated in another zone since might stand before the one that counts.
        SELECT
            granularity, account, access_region, gateway_type, traffic_type, bucket, day, time_zone,
            if(reported, bytes, NULL) AS value, was_final, observed_at, run_id, request_id, version, 1 AS origin
        FROM mnaflow.history FINAL
        UNION ALL
        -- The current value says nothing new, and stands after the history row of the same version, unless a writer was
        -- cut short or late.
        SELECT
            granularity, account, access_region, gateway_type, traffic_type, bucket, day, time_zone,
            if(reported, bytes, NULL), false, extracted_at, run_id, request_id, version, 2
        FROM mnaflow.facts FINAL
    )
    WHERE granularity = 'hourly'
        OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) FROM mnaflow.series GROUP BY account)
)
WHERE old.1 AND old.2 IS DISTINCT FROM value
