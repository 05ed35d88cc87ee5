-- What no accepted answer covers of what should be covered, cut wherever an attempt at it begins or ends. Part of
-- flow_coverage.
CREATE VIEW mnaflow.segments
(
    series         Tuple(account LowCardinality(String), granularity LowCardinality(String),
        access_region LowCardinality(String), gateway_type LowCardinality(String),
        traffic_type LowCardinality(String))
        COMMENT 'account, granularity, access_region, gateway_type and traffic_type',
    segment_begin  DateTime('UTC')  COMMENT 'first instant of the range',
    segment_end    DateTime('UTC')  COMMENT 'first instant after it',
    version        UInt64           COMMENT 'of its newest attempt; 0: never requested',
    state          LowCardinality(String)  COMMENT 'failed, unavailable, or gap: never requested'
)
AS
WITH
    -- A series is one column, since the server takes most of its time to analyse the columns that statements group by.
    --
    -- Of the windows that begin at one moment the longest contains the others. Hourly passes request a growing window
    -- until the day ends, so one in 24 is left.
    accepted AS
    (
        SELECT
            (account, granularity, access_region, gateway_type, traffic_type) AS series,
            window_begin,
            max(window_end) AS window_end
        FROM mnaflow.ledger
        WHERE state = 'accepted'
        GROUP BY series, time_zone, window_begin
        HAVING series.2 = 'hourly'
            OR (series.1, time_zone) IN
                (SELECT account, argMax(time_zone, written_at) FROM mnaflow.series GROUP BY account)
    ),
    other AS
    (
        SELECT
            (account, granularity, access_region, gateway_type, traffic_type) AS series,
            window_begin, window_end, state, version
        FROM mnaflow.ledger
        PREWHERE state != 'accepted'
        WHERE granularity = 'hourly'
            OR (account, time_zone) IN
                (SELECT account, argMax(time_zone, written_at) FROM mnaflow.series GROUP BY account)
    ),
    -- The running sum is -1 where a bucket is expected and no accepted window contains it: what is expected counts -1,
    -- and each accepted window counts 1. Example: 5 to 9 is expected, and 3 to 6 and 5 to 7 are accepted. The sum is 1
    -- from 3 on, again 1 from 5 on, 0 from 6 on, -1 from 7 on and 0 from 9 on.
    ranges AS
    (
        SELECT
            series,
            arraySort(groupArray(edge)) AS edges,
            arrayJoin(arrayFilter(
                r -> r.1 < r.2 AND r.3 = -1,
                arrayZip(edges.1, arrayRotateLeft(edges.1, 1), arrayCumSum(edges.2)))) AS part,
            part.1 AS segment_begin,
            part.2 AS segment_end
        FROM
        (
            SELECT
                (account, granularity, access_region, gateway_type, traffic_type) AS series,
                arrayJoin([(expected_from, -1), (expected_to, 1)]) AS edge -- (moment, change of the sum)
            FROM mnaflow.expected
            UNION ALL
            SELECT series, arrayJoin([(window_begin, 1), (window_end, -1)]) FROM accepted
            UNION ALL
            SELECT series, arrayJoin([(window_begin, 0), (window_end, 0)]) FROM other
        )
        GROUP BY series
    ),
    -- The newest attempt of each range without holding attempts against ranges, of which there are thousands each.
    -- Time is cut into units (an hour; of days a quarter, on which every zone has been since 1972) and into blocks of
    -- 1, 2, 4, 8 … units. A window is the sum of a few blocks, two of a size at most: hours 3 to 13 are the blocks 3,
    -- 4–7, 8–11 and 12. A block keeps the newest attempt alone, and a range asks the block of each size that it
    -- lies in. An attempt is twice its version, and one more if it found the window unavailable; 0 is none.
    blocks AS
    (
        SELECT series, size, place, max(newest) AS newest
        FROM
        (
            SELECT
                series,
                2 * version + (state = 'unavailable') AS newest,
                if(series.2 = 'hourly', 3600, 900) AS unit,
                intDiv(toUnixTimestamp(window_begin), unit) AS begin,
                intDiv(toUnixTimestamp(window_end), unit) AS end,
                toUInt8(arrayJoin(range(toUInt8(log2(greatest(end - begin, 1))) + 1))) AS size,
                bitShiftRight(begin + bitShiftLeft(1::UInt32, size) - 1, size) AS first,
                bitShiftRight(end, size) AS beyond,
                arrayJoin(arrayConcat(if(first % 2 = 1, [first], []), if(beyond % 2 = 1, [beyond - 1], []))) AS place
            FROM other
        )
        WHERE first < beyond
        GROUP BY series, size, place
    )
SELECT
    series, segment_begin, segment_end,
    intDiv(max(b.newest), 2) AS version,
    multiIf(version = 0, 'gap', max(b.newest) % 2 = 1, 'unavailable', 'failed') AS state
FROM
(
    SELECT
        series, segment_begin, segment_end,
        toUInt8(arrayJoin(range(23))) AS size,
        bitShiftRight(intDiv(toUnixTimestamp(segment_begin), if(series.2 = 'hourly', 3600, 900)), size) AS place
    FROM ranges
) AS r
LEFT JOIN blocks AS b USING (series, size, place)
GROUP BY series, segment_begin, segment_end
