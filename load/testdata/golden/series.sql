SELECT
    account, granularity, access_region, gateway_type, traffic_type,
    configured,
    toInt64(toUnixTimestamp(expected_from)),
    time_zone,
    settle_seconds,
    refresh_seconds,
    finality_seconds
FROM series FINAL
ORDER BY account, granularity, access_region, gateway_type, traffic_type
