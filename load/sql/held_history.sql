SELECT
    granularity, account, access_region, gateway_type, traffic_type,
    bucket, time_zone, reported, bytes, version
FROM history
WHERE {{template "windows" .}}
ORDER BY version
