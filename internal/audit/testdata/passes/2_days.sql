-- Every day: the sum of its hours.
INSERT INTO facts
SELECT
    'main', 'daily', access_region, gateway_type, traffic_type, toStartOfDay(bucket), day, 'UTC',
    sum(bytes), true, true,
    fromUnixTimestamp64Milli(toInt64(intDiv(version, 1000)), 'UTC'),
    toUUID('00000000-0000-0000-0000-000000000001'), leftPad(toString(version), 36, '0'),
    least(
        toUInt64(toUnixTimestamp(toStartOfDay(any(f.bucket))) + 6 * 86400 + 43200 + 1200),
        {end:UInt32} + 43200 + 1200) * 1000000 AS version
FROM facts AS f
GROUP BY access_region, gateway_type, traffic_type, toStartOfDay(bucket), day
