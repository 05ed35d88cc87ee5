SELECT granularity, account, access_region, gateway_type, traffic_type, bucket, reported, is_final
FROM facts FINAL
WHERE {{template "windows" .}}
