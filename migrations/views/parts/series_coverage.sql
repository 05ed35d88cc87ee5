-- One row a series: flow_coverage, and how fresh it is. Part of flow_coverage.
CREATE VIEW mnaflow.series_coverage
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
    gap_buckets          UInt64                           COMMENT 'buckets never asked for',
    first_reported       Nullable(DateTime('UTC'))        COMMENT 'start of the oldest bucket with a value',
    last_reported        Nullable(DateTime('UTC'))        COMMENT 'start of the newest bucket with a value',
    last_extracted_at    Nullable(DateTime64(3, 'UTC'))   COMMENT 'when the last accepted request was sent',
    fresh_to             DateTime('UTC')
        COMMENT 'end of the newest range that an accepted answer covers; 1970 where none does',
    tail_buckets         UInt64                           COMMENT 'of the gap, what has settled since fresh_to'
)
AS
SELECT account, granularity, access_region, gateway_type, traffic_type,
    max(is_configured) AS configured,
    max(range_begin) AS expected_from,
    max(range_end) AS expected_to,
    sumIf(buckets, kind = 'expected') AS expected_buckets,
    -- What is expected and not uncovered.
    toUInt64(greatest(0, toInt64(expected_buckets) - toInt64(sumIf(buckets, uncovered)))) AS covered_buckets,
    sumIf(buckets, kind = 'reported') AS reported_buckets,
    sumIf(buckets, kind = 'failed') AS failed_buckets,
    sumIf(buckets, kind = 'unavailable') AS unavailable_buckets,
    sumIf(buckets, kind = 'gap') AS gap_buckets,
    max(first_bucket) AS first_reported,
    max(last_bucket) AS last_reported,
    max(sent) AS last_extracted_at,
    max(fresh) AS fresh_to,
    if(maxIf(begin, uncovered) >= fresh_to, argMaxIf(if(kind = 'gap', buckets, 0), begin, uncovered), 0) AS tail_buckets
FROM
(
    SELECT account, granularity, access_region, gateway_type, traffic_type,
        kind, is_configured, begin,
        kind IN ('failed', 'unavailable', 'gap') AS uncovered,
        if(kind = 'expected', begin, toDateTime(0, 'UTC')) AS range_begin,
        if(kind = 'expected', end, toDateTime(0, 'UTC')) AS range_end,
        -- Every day is within two hours of 24, so rounding is exact for the days of any range.
        toUInt64(round(dateDiff('second', begin, end) / if(granularity = 'hourly', 3600, 86400))) AS buckets,
        CAST(NULL AS Nullable(DateTime('UTC'))) AS first_bucket,
        CAST(NULL AS Nullable(DateTime('UTC'))) AS last_bucket,
        CAST(NULL AS Nullable(DateTime64(3, 'UTC'))) AS sent,
        toDateTime(0, 'UTC') AS fresh
    FROM
    (
        SELECT account, granularity, access_region, gateway_type, traffic_type,
            'expected' AS kind, configured AS is_configured, expected_from AS begin, expected_to AS end
        FROM mnaflow.expected
        UNION ALL
        SELECT account, granularity, access_region, gateway_type, traffic_type,
            toString(state), false, segment_begin, segment_end
        FROM mnaflow.uncovered
    )
    UNION ALL
    SELECT account, granularity, access_region, gateway_type, traffic_type,
        'reported', false, toDateTime(0, 'UTC'), false, toDateTime(0, 'UTC'), toDateTime(0, 'UTC'),
        countIf(f.bucket >= e.expected_from AND f.bucket < e.expected_to), min(f.bucket), max(f.bucket), NULL,
        toDateTime(0, 'UTC')
    FROM (SELECT * FROM mnaflow.facts FINAL WHERE reported) AS f
    INNER JOIN mnaflow.expected AS e USING (account, granularity, access_region, gateway_type, traffic_type)
    WHERE granularity = 'hourly' OR f.time_zone = e.time_zone
    GROUP BY account, granularity, access_region, gateway_type, traffic_type
    UNION ALL
    SELECT account, granularity, access_region, gateway_type, traffic_type,
        'asked', false, toDateTime(0, 'UTC'), false, toDateTime(0, 'UTC'), toDateTime(0, 'UTC'), 0, NULL, NULL, max(sent_at),
        maxIf(window_end, granularity = 'hourly' OR (account, time_zone) IN
            (SELECT account, argMax(time_zone, written_at) FROM mnaflow.series GROUP BY account))
    FROM mnaflow.ledger
    WHERE state = 'accepted'
    GROUP BY account, granularity, access_region, gateway_type, traffic_type
)
GROUP BY account, granularity, access_region, gateway_type, traffic_type
HAVING expected_from > toDateTime(0, 'UTC')
