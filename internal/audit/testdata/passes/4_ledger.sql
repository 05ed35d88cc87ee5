-- An entry for each pass and series, with the total that the API gave, and the checksum: differences of running
-- sums.
INSERT INTO ledger
(
    id, run_id, account, granularity, access_region, gateway_type, traffic_type, window_begin, window_end, time_zone,
    state, request_id, attempts, buckets, reported, points, api_total, checksum, version, sent_at, answered_at
)
WITH totals AS
(
    SELECT
        granularity, access_region, gateway_type, traffic_type, bucket, bytes,
        xxHash64(bitOr(bitShiftLeft(toUInt128(bytes), 64), toUInt128(toUnixTimestamp(bucket)) * 2 + reported)) AS hash,
        sum(hash) OVER
        (
            PARTITION BY granularity, access_region, gateway_type, traffic_type
            ORDER BY bucket ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS hashes,
        sum(bytes) OVER
        (
            PARTITION BY granularity, access_region, gateway_type, traffic_type
            ORDER BY bucket ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS total
    FROM facts FINAL
)
SELECT
    generateUUIDv4(), toUUID('00000000-0000-0000-0000-000000000001'), 'main', p.granularity, p.access_region,
    p.gateway_type, p.traffic_type,
    p.first, p.end, 'UTC', 'accepted', leftPad(toString(at * 1000000), 36, '0'), 1, n, n, n,
    p.total - b.total + b.bytes,
    toUInt64(p.hashes - b.hashes + b.hash), at * 1000000,
    fromUnixTimestamp64Milli(toInt64(at) * 1000, 'UTC'), fromUnixTimestamp64Milli(toInt64(at) * 1000, 'UTC')
FROM
(
    SELECT
        granularity, access_region, gateway_type, traffic_type, total, hashes,
        if(granularity = 'hourly', 3600, 86400) AS length,
        bucket + length AS end,
        toUnixTimestamp(end) + 1200 AS soon,
        arrayJoin(if(granularity = 'hourly', [soon], [soon, soon + 43200])) AS at,
        greatest(toDateTime({begin:UInt32}, 'UTC'), toStartOfDay(toDateTime(at, 'UTC')) - 6 * 86400) AS first,
        intDiv(end - first, length) AS n
    FROM totals
) AS p
INNER JOIN totals AS b
    ON p.granularity = b.granularity AND p.access_region = b.access_region AND p.gateway_type = b.gateway_type
        AND p.traffic_type = b.traffic_type AND p.first = b.bucket
