SELECT account, granularity,
    arraySort(groupArray([toString(access_region), toString(gateway_type), toString(traffic_type)])),
    segment_begin, segment_end, reason
FROM mnaflow.uncovered AS u
INNER JOIN (SELECT * FROM mnaflow.series FINAL WHERE configured) AS s
    USING (account, granularity, access_region, gateway_type, traffic_type)
GROUP BY account, granularity, state, segment_begin, segment_end, reason
ORDER BY state != 'failed', segment_begin, account, granularity, reason
LIMIT {limit:UInt32}
