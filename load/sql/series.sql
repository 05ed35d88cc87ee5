SELECT
    {{template "names"}},
    configured,
    toInt64(toUnixTimestamp(expected_from)),
    time_zone,
    settle_seconds,
    refresh_seconds,
    finality_seconds
FROM series FINAL
ORDER BY {{template "names"}}
