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
WITH
    -- Where something may change: what should be covered or is begins or ends, or an attempt does.
    moments AS
    (
        SELECT account, granularity, access_region, gateway_type, traffic_type,
            edge.1 AS moment, sum(edge.2) AS expects, sum(edge.3) AS covers
        FROM
        (
            SELECT account, granularity, access_region, gateway_type, traffic_type,
                arrayJoin([(expected_from, 1, 0), (expected_to, -1, 0)]) AS edge
            FROM mnaflow.expected
            UNION ALL
            SELECT account, granularity, access_region, gateway_type, traffic_type,
                arrayJoin([(covered_begin, 0, 1), (covered_end, 0, -1)])
            FROM mnaflow.covered
            UNION ALL
            SELECT account, granularity, access_region, gateway_type, traffic_type,
                (arrayJoin([window_begin, window_end]), 0, 0)
            FROM mnaflow.ledger
            WHERE state != 'accepted'
        )
        GROUP BY account, granularity, access_region, gateway_type, traffic_type, moment
    ),
    segments AS
    (
        SELECT account, granularity, access_region, gateway_type, traffic_type, moment AS segment_begin, segment_end
        FROM
        (
            SELECT account, granularity, access_region, gateway_type, traffic_type, moment,
                leadInFrame(moment) OVER (series ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS segment_end,
                sum(expects) OVER (series ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS expected,
                sum(covers) OVER (series ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS covered
            FROM moments
            WINDOW series AS
                (PARTITION BY account, granularity, access_region, gateway_type, traffic_type ORDER BY moment)
        )
        WHERE expected > 0 AND covered = 0
    ),
    -- The newest attempt of each segment without holding attempts against segments, of which there are thousands each.
    -- Time is cut into units (an hour; of days a quarter, on which every zone has been since 1972) and into blocks of
    -- 1, 2, 4, 8 … units. A window is the sum of a few blocks, two of a size at most: hours 3 to 13 are the blocks 3,
    -- 4–7, 8–11 and 12. A block keeps the highest version alone, and a segment asks the block of each size that it
    -- lies in.
    blocks AS
    (
        SELECT account, granularity, access_region, gateway_type, traffic_type, size, place, max(version + 1) AS newest
        FROM
        (
            SELECT account, granularity, access_region, gateway_type, traffic_type, version,
                if(granularity = 'hourly', 3600, 900) AS unit,
                intDiv(toUnixTimestamp(window_begin), unit) AS begin,
                intDiv(toUnixTimestamp(window_end), unit) AS end,
                toUInt8(arrayJoin(range(toUInt8(log2(greatest(end - begin, 1))) + 1))) AS size,
                bitShiftRight(begin + bitShiftLeft(1::UInt32, size) - 1, size) AS first,
                bitShiftRight(end, size) AS beyond,
                arrayJoin(arrayConcat(if(first % 2 = 1, [first], []), if(beyond % 2 = 1, [beyond - 1], []))) AS place
            FROM mnaflow.ledger
            WHERE state != 'accepted'
                AND (granularity = 'hourly' OR (account, time_zone) IN
                    (SELECT account, argMax(time_zone, written_at) FROM mnaflow.series GROUP BY account))
        )
        WHERE first < beyond
        GROUP BY account, granularity, access_region, gateway_type, traffic_type, size, place
    ),
    attempted AS
    (
        SELECT account, granularity, access_region, gateway_type, traffic_type, segment_begin, segment_end,
            max(b.newest) AS newest -- one more than the version; 0: never asked
        FROM
        (
            SELECT *, toUInt8(arrayJoin(range(23))) AS size,
                if(granularity = 'hourly', 3600, 900) AS unit,
                bitShiftRight(intDiv(toUnixTimestamp(segment_begin), unit), size) AS place
            FROM segments
        ) AS s
        LEFT JOIN blocks AS b
            USING (account, granularity, access_region, gateway_type, traffic_type, size, place)
        GROUP BY account, granularity, access_region, gateway_type, traffic_type, segment_begin, segment_end
    ),
    described AS
    (
        SELECT s.account AS account, s.granularity AS granularity, s.access_region AS access_region,
            s.gateway_type AS gateway_type, s.traffic_type AS traffic_type, s.segment_begin AS segment_begin,
            s.segment_end AS segment_end, s.newest AS newest, max((toString(l.state), l.reason)) AS why
        FROM
        (
            SELECT account, granularity, access_region, gateway_type, traffic_type, state, reason, version + 1 AS newest
            FROM mnaflow.ledger
            WHERE state != 'accepted'
        ) AS l
        RIGHT JOIN attempted AS s
            ON s.account = l.account AND s.granularity = l.granularity AND s.access_region = l.access_region
                AND s.gateway_type = l.gateway_type AND s.traffic_type = l.traffic_type AND s.newest = l.newest
        GROUP BY account, granularity, access_region, gateway_type, traffic_type, segment_begin, segment_end, newest
    )
SELECT account, granularity, access_region, gateway_type, traffic_type,
    min(segment_begin) AS segment_begin, max(segment_end) AS segment_end,
    if(any(newest) = 0, 'gap', any(why).1) AS state,
    if(any(newest) = 0, 'never asked', concat(any(why).1, ': ', any(why).2)) AS reason
FROM
(
    SELECT *, sum(differs) OVER
        (PARTITION BY account, granularity, access_region, gateway_type, traffic_type ORDER BY segment_begin
         ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS part
    FROM
    (
        SELECT *, (segment_begin, why) != lagInFrame((segment_end, why)) OVER
            (PARTITION BY account, granularity, access_region, gateway_type, traffic_type ORDER BY segment_begin
             ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS differs
        FROM described
    )
)
GROUP BY account, granularity, access_region, gateway_type, traffic_type, part
