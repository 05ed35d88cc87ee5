SELECT account, granularity, access_region, gateway_type, traffic_type, configured, expected_from, time_zone
FROM series FINAL
