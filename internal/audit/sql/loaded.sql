SELECT account, granularity, access_region, gateway_type, traffic_type, expected_from
FROM series FINAL
WHERE configured
