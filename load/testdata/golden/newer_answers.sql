SELECT
    granularity, account, access_region, gateway_type, traffic_type,
    window_begin, window_end, run_id, request_id, sent_at, version
FROM ledger
WHERE state = 'accepted' AND
(
    (account = 'main' AND granularity = 'hourly' AND access_region = 'ALL'
        AND gateway_type = 'public' AND traffic_type = 'total'
        AND window_begin < toDateTime(1767243600, 'UTC') AND window_end > toDateTime(1767225600, 'UTC')
        AND version > 17
        AND (granularity = 'hourly' OR time_zone = 'UTC'))
    OR (account = 'it\'s a \\' AND granularity = 'daily' AND access_region = 'EU'
        AND gateway_type = 'private' AND traffic_type = 'uplink'
        AND window_begin < toDateTime(1767394800, 'UTC') AND window_end > toDateTime(1767222000, 'UTC')
        AND version > 18
        AND (granularity = 'hourly' OR time_zone = 'Europe/Berlin'))
)
ORDER BY version
