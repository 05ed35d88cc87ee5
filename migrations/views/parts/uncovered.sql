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
    state          LowCardinality(String)  COMMENT 'failed, unavailable, or gap: never asked',
    reason         String                  COMMENT 'why no accepted answer covers it'
)
AS
SELECT account, granularity, access_region, gateway_type, traffic_type, segment.1 AS segment_begin, segment.2 AS segment_end,
    if(empty(hits), 'gap', hits[1].4) AS state,
    if(empty(hits), 'never asked', concat(hits[1].4, ': ', hits[1].5)) AS reason
FROM
(
    -- Each gap is cut where attempts that failed begin and end, and the newest of those tells why.
    SELECT account, granularity, access_region, gateway_type, traffic_type,
        arrayJoin(arrayFilter(g -> g.1 < g.2, arrayZip(
            arrayConcat([range_begin], arrayMap(i -> least(greatest(i.2, range_begin), range_end), islands)),
            arrayConcat(arrayMap(i -> greatest(least(i.1, range_end), range_begin), islands), [range_end])))) AS gap,
        arrayFilter(a -> a.1 < gap.2 AND a.2 > gap.1, attempts) AS inside,
        arraySort(arrayDistinct(arrayConcat([gap.1, gap.2],
            arrayMap(a -> greatest(a.1, gap.1), inside), arrayMap(a -> least(a.2, gap.2), inside)))) AS cuts,
        arrayJoin(arrayZip(arrayPopBack(cuts), arrayPopFront(cuts))) AS segment,
        arrayReverseSort(a -> a.3, arrayFilter(a -> a.1 <= segment.1 AND a.2 >= segment.2, inside)) AS hits
    FROM
    (
        SELECT account, granularity, access_region, gateway_type, traffic_type, max(expected_from) AS range_begin, max(expected_to) AS range_end,
            arraySort(groupArrayIf((window_begin, window_end), kind = 'covered')) AS islands,
            groupArrayIf((window_begin, window_end, version, attempt_state, attempt_reason), kind = 'attempt') AS attempts
        FROM
        (
            SELECT account, granularity, access_region, gateway_type, traffic_type, 'expected' AS kind, expected_from, expected_to,
                toDateTime(0, 'UTC') AS window_begin, toDateTime(0, 'UTC') AS window_end, 0::UInt64 AS version, '' AS attempt_state, '' AS attempt_reason
            FROM mnaflow.expected
            UNION ALL
            SELECT account, granularity, access_region, gateway_type, traffic_type, 'covered', toDateTime(0, 'UTC'), toDateTime(0, 'UTC'), covered_begin, covered_end, 0::UInt64, '', ''
            FROM mnaflow.covered
            UNION ALL
            SELECT account, granularity, access_region, gateway_type, traffic_type, 'attempt', toDateTime(0, 'UTC'), toDateTime(0, 'UTC'), window_begin, window_end,
                max(version), argMax(toString(state), version), argMax(reason, version)
            FROM mnaflow.ledger
            WHERE state != 'accepted'
                AND (granularity = 'hourly' OR (account, time_zone) IN (SELECT account, argMax(time_zone, written_at) FROM mnaflow.series GROUP BY account))
            GROUP BY account, granularity, access_region, gateway_type, traffic_type, window_begin, window_end
        )
        GROUP BY account, granularity, access_region, gateway_type, traffic_type
    )
)
