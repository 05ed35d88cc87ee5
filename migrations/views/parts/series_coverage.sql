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
    gap_buckets          UInt64                           COMMENT 'buckets never requested',
    first_reported       Nullable(DateTime('UTC'))        COMMENT 'start of the oldest bucket with a value',
    last_reported        Nullable(DateTime('UTC'))        COMMENT 'start of the newest bucket with a value',
    last_extracted_at    Nullable(DateTime64(3, 'UTC'))   COMMENT 'when the last accepted request was sent',
    fresh_to             DateTime('UTC')
        COMMENT 'end of the newest range that an accepted answer covers; 1970 where none does',
    tail_buckets         UInt64                           COMMENT 'of the gap, what has settled since fresh_to'
)
AS
SELECT
    series.1 AS account, series.2 AS granularity, series.3 AS access_region, series.4 AS gateway_type,
    series.5 AS traffic_type,
    toBool(countIf(kind = 'configured')) AS configured,
    toDateTime(minIf(begin, kind IN ('configured', 'dropped')), 'UTC') AS expected_from,
    toDateTime(maxIf(end, kind IN ('configured', 'dropped')), 'UTC') AS expected_to,
    sumIf(buckets, kind IN ('configured', 'dropped')) AS expected_buckets,
    -- What is expected and not uncovered.
    toUInt64(greatest(0, toInt64(expected_buckets) - toInt64(failed_buckets + unavailable_buckets + gap_buckets)))
        AS covered_buckets,
    sumIf(buckets, kind = 'reported') AS reported_buckets,
    sumIf(buckets, kind = 'failed') AS failed_buckets,
    sumIf(buckets, kind = 'unavailable') AS unavailable_buckets,
    sumIf(buckets, kind = 'gap') AS gap_buckets,
    toDateTime(minOrNullIf(begin, kind = 'reported'), 'UTC') AS first_reported,
    toDateTime(maxOrNullIf(end, kind = 'reported'), 'UTC') AS last_reported,
    maxOrNullIf(begin, kind = 'asked') AS last_extracted_at,
    toDateTime(maxIf(end, kind = 'asked'), 'UTC') AS fresh_to,
    maxIf((begin, buckets, kind), kind IN ('failed', 'unavailable', 'gap')) AS newest_uncovered,
    if(newest_uncovered.1 >= fresh_to AND newest_uncovered.3 = 'gap', newest_uncovered.2, 0) AS tail_buckets
FROM
(
    SELECT
        series, kind, begin, end,
        -- Every day is within two hours of 24, so rounding is exact for the days of any range.
        toUInt64(round(dateDiff('second', begin, end) / if(series.2 = 'hourly', 3600, 86400))) AS buckets
    FROM
    (
        SELECT
            (account, granularity, access_region, gateway_type, traffic_type) AS series,
            if(configured, 'configured', 'dropped') AS kind,
            toDateTime64(expected_from, 3, 'UTC') AS begin,
            expected_to AS end
        FROM mnaflow.expected
        UNION ALL
        SELECT
            series,
            state,
            toDateTime64(segment_begin, 3, 'UTC'),
            segment_end
        FROM mnaflow.segments
    )
    UNION ALL
    SELECT
        series,
        'reported',
        toDateTime64(min(first), 3, 'UTC'),
        max(last),
        sumIf(n, apart = toDateTime(0, 'UTC') OR apart >= e.expected_from AND apart < e.expected_to)
    FROM
    (
        -- Most buckets are expected of every series. They are counted before the join, the others one by one.
        WITH (SELECT (max(expected_from), min(expected_to)) FROM mnaflow.expected) AS shared
        SELECT
            (account, granularity, access_region, gateway_type, traffic_type) AS series,
            time_zone,
            if(bucket >= shared.1 AND bucket < shared.2, toDateTime(0, 'UTC'), bucket) AS apart,
            count() AS n,
            min(bucket) AS first,
            max(bucket) AS last
        FROM mnaflow.facts FINAL
        WHERE reported
        GROUP BY series, time_zone, apart
    ) AS f
    INNER JOIN
    (
        SELECT
            (account, granularity, access_region, gateway_type, traffic_type) AS series,
            expected_from, expected_to, time_zone
        FROM mnaflow.expected
    ) AS e USING (series)
    WHERE series.2 = 'hourly' OR f.time_zone = e.time_zone
    GROUP BY series
    UNION ALL
    -- Joined, since with rewrite_in_to_join = 1 the server takes no IN with a subquery here.
    SELECT
        (account, granularity, access_region, gateway_type, traffic_type) AS series,
        'asked',
        max(l.sent_at),
        maxIf(l.window_end, granularity = 'hourly' OR l.time_zone = z.zone),
        0
    FROM mnaflow.ledger AS l
    LEFT JOIN (SELECT account, argMax(time_zone, written_at) AS zone FROM mnaflow.series GROUP BY account) AS z
        USING (account)
    WHERE l.state = 'accepted'
    GROUP BY series
)
GROUP BY series
HAVING countIf(kind IN ('configured', 'dropped')) > 0
