-- Every hour of each series; sums agree with their parts. The version of a pass is its time in microseconds. An hour is
-- requested for the last time by the last pass of the sixth day after its own, which finds it final.
INSERT INTO facts
SELECT
    'main', 'hourly', access_region, gateway_type, traffic_type,
    toDateTime({begin:UInt32} + 3600 * number, 'UTC') AS bucket,
    toDate(bucket), 'UTC',
    arraySum(
        atom -> modulo(cityHash64(atom, gateway_type, bucket), 1000000000),
        arrayFlatten(arrayMap(region -> arrayMap(direction -> concat(region, direction), directions), regions))),
    true, true,
    fromUnixTimestamp64Milli(toInt64(intDiv(version, 1000)), 'UTC'),
    toUUID('00000000-0000-0000-0000-000000000001'), leftPad(toString(version), 36, '0'),
    least(toUInt64(toUnixTimestamp(toStartOfDay(bucket)) + 7 * 86400 - 2400), {end:UInt32} + 1200) * 1000000 AS version
FROM
(
    SELECT
        arrayJoin(['ALL', 'MC', 'AP', 'EU', 'AM']) AS access_region,
        arrayJoin(['public', 'private']) AS gateway_type,
        arrayJoin(['uplink', 'downlink', 'total']) AS traffic_type,
        if(access_region = 'ALL', ['MC', 'AP', 'EU', 'AM'], [access_region]) AS regions,
        if(traffic_type = 'total', ['uplink', 'downlink'], [traffic_type]) AS directions
) AS series
CROSS JOIN numbers({hours:UInt64}) AS n
