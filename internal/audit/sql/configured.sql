SELECT account, granularity, access_region, gateway_type, traffic_type, time_zone
FROM series FINAL
WHERE configured
