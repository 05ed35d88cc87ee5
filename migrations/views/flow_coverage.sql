-- One row a series: whether everything from the configured start to now less settle is there.
CREATE VIEW mnaflow.flow_coverage
(
    account        LowCardinality(String)  COMMENT 'name of the account in the configuration',
    granularity    LowCardinality(String)  COMMENT 'hourly or daily',
    access_region  LowCardinality(String)  COMMENT 'ALL, MC, AP, EU or AM',
    gateway_type   LowCardinality(String)  COMMENT 'public or private',
    traffic_type   LowCardinality(String)  COMMENT 'uplink, downlink or total',
    configured           Bool                             COMMENT 'the configuration of the last load extracts it',
    expected_from        DateTime('UTC')                  COMMENT 'first instant that should be covered, UTC',
    expected_to          DateTime('UTC')                  COMMENT 'end of the newest bucket that has settled, UTC',
    expected_buckets     UInt64                           COMMENT 'buckets between the two; covered, failed, unavailable and gap buckets sum to it',
    covered_buckets      UInt64                           COMMENT 'buckets that an accepted answer covers',
    reported_buckets     UInt64                           COMMENT 'buckets with a value; the API leaves out those without traffic',
    failed_buckets       UInt64                           COMMENT 'buckets whose only attempts failed',
    unavailable_buckets  UInt64                           COMMENT 'buckets older than the API keeps',
    gap_buckets          UInt64                           COMMENT 'buckets never asked for',
    first_reported       Nullable(DateTime('UTC'))        COMMENT 'start of the oldest bucket with a value',
    last_reported        Nullable(DateTime('UTC'))        COMMENT 'start of the newest bucket with a value',
    last_extracted_at    Nullable(DateTime64(3, 'UTC'))   COMMENT 'when the last accepted request was sent'
)
AS
SELECT account, granularity, access_region, gateway_type, traffic_type,
    max(is_configured) AS configured, max(range_begin) AS expected_from, max(range_end) AS expected_to,
    sum(expected_count) AS expected_buckets, sum(covered_count) AS covered_buckets, sum(reported_count) AS reported_buckets,
    sum(failed_count) AS failed_buckets, sum(unavailable_count) AS unavailable_buckets, sum(gap_count) AS gap_buckets,
    max(first_bucket) AS first_reported, max(last_bucket) AS last_reported, max(sent) AS last_extracted_at
FROM
(
    -- The count of days in a range: every day is within two hours of 24, so rounding is exact for the length of any range.
    SELECT account, granularity, access_region, gateway_type, traffic_type, configured AS is_configured, expected_from AS range_begin, expected_to AS range_end,
        if(granularity = 'hourly', intDiv(toUnixTimestamp(expected_to) - toUnixTimestamp(expected_from), 3600), intDiv(toUnixTimestamp(expected_to) - toUnixTimestamp(expected_from) + 43200, 86400)) AS expected_count,
        0 AS covered_count, 0 AS reported_count, 0 AS failed_count, 0 AS unavailable_count, 0 AS gap_count,
        CAST(NULL AS Nullable(DateTime('UTC'))) AS first_bucket, CAST(NULL AS Nullable(DateTime('UTC'))) AS last_bucket,
        CAST(NULL AS Nullable(DateTime64(3, 'UTC'))) AS sent
    FROM mnaflow.expected
    UNION ALL
    SELECT account, granularity, access_region, gateway_type, traffic_type, false, toDateTime(0, 'UTC'), toDateTime(0, 'UTC'), 0,
        if(granularity = 'hourly', intDiv(toUnixTimestamp(clip_end) - toUnixTimestamp(clip_begin), 3600), intDiv(toUnixTimestamp(clip_end) - toUnixTimestamp(clip_begin) + 43200, 86400)), 0, 0, 0, 0, NULL, NULL, NULL
    FROM
    (
        SELECT account, granularity, access_region, gateway_type, traffic_type, greatest(c.covered_begin, e.expected_from) AS clip_begin, least(c.covered_end, e.expected_to) AS clip_end
        FROM mnaflow.covered AS c INNER JOIN mnaflow.expected AS e USING (account, granularity, access_region, gateway_type, traffic_type)
    )
    WHERE clip_begin < clip_end
    UNION ALL
    SELECT account, granularity, access_region, gateway_type, traffic_type, false, toDateTime(0, 'UTC'), toDateTime(0, 'UTC'), 0, 0, 0,
        if(state = 'failed', buckets, 0), if(state = 'unavailable', buckets, 0), if(state = 'gap', buckets, 0), NULL, NULL, NULL
    FROM (SELECT *, if(granularity = 'hourly', intDiv(toUnixTimestamp(segment_end) - toUnixTimestamp(segment_begin), 3600), intDiv(toUnixTimestamp(segment_end) - toUnixTimestamp(segment_begin) + 43200, 86400)) AS buckets FROM mnaflow.uncovered)
    UNION ALL
    SELECT account, granularity, access_region, gateway_type, traffic_type, false, toDateTime(0, 'UTC'), toDateTime(0, 'UTC'), 0, 0,
        countIf(f.bucket >= e.expected_from AND f.bucket < e.expected_to), 0, 0, 0, min(f.bucket), max(f.bucket), NULL
    FROM (SELECT * FROM mnaflow.facts FINAL WHERE reported) AS f INNER JOIN mnaflow.expected AS e USING (account, granularity, access_region, gateway_type, traffic_type)
    WHERE granularity = 'hourly' OR f.time_zone = e.time_zone
    GROUP BY account, granularity, access_region, gateway_type, traffic_type
    UNION ALL
    SELECT account, granularity, access_region, gateway_type, traffic_type, false, toDateTime(0, 'UTC'), toDateTime(0, 'UTC'), 0, 0, 0, 0, 0, 0, NULL, NULL, max(sent_at)
    FROM mnaflow.ledger
    WHERE state = 'accepted'
    GROUP BY account, granularity, access_region, gateway_type, traffic_type
)
GROUP BY account, granularity, access_region, gateway_type, traffic_type
HAVING expected_from > toDateTime(0, 'UTC')
