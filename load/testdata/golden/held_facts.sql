SELECT granularity, account, access_region, gateway_type, traffic_type, bucket, reported, is_final
FROM facts FINAL
WHERE (account = 'main' AND granularity = 'hourly' AND access_region = 'ALL'
        AND gateway_type = 'public' AND traffic_type = 'total'
        AND bucket >= toDateTime(1767225600, 'UTC') AND bucket < toDateTime(1767243600, 'UTC'))
    OR (account = 'it\'s a \\' AND granularity = 'daily' AND access_region = 'EU'
        AND gateway_type = 'private' AND traffic_type = 'uplink'
        AND bucket >= toDateTime(1767222000, 'UTC') AND bucket < toDateTime(1767394800, 'UTC'))
