-- Series with the same gap and the same reason share a row.
SELECT
    account, granularity,
    arraySort(groupArray([toString(access_region), toString(gateway_type), toString(traffic_type)])),
    segment_begin, segment_end, reason
FROM mnaflow.uncovered
WHERE (account, granularity, access_region, gateway_type, traffic_type) IN
(
    SELECT account, granularity, access_region, gateway_type, traffic_type
    FROM series FINAL
    WHERE {{template "chosen"}}
)
GROUP BY account, granularity, state, segment_begin, segment_end, reason
ORDER BY state != 'failed', segment_begin, account, granularity, reason
LIMIT {limit:UInt32}
