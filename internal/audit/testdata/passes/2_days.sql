-- Every day: the sum of its hours.
INSERT INTO facts
SELECT
    'main', 'daily', access_region, gateway_type, traffic_type, toStartOfDay(bucket), day, 'UTC',
    sum(bytes), true, true,
    toDateTime64(toStartOfDay(any(bucket)), 3, 'UTC') + 86400,
    generateUUIDv4(), '',
    least(
        toUInt64(toUnixTimestamp(toStartOfDay(any(f.bucket))) + 5 * 86400 + 43200 + 1200),
        {end:UInt32} + 43200 + 1200) * 1000000
FROM facts AS f
GROUP BY access_region, gateway_type, traffic_type, toStartOfDay(bucket), day
