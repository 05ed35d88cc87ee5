SELECT granularity, account, access_region, gateway_type, traffic_type, bucket, version
FROM history
WHERE {{template "windows" .}}
ORDER BY version
