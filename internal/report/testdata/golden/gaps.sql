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
    WHERE (
        empty({accounts:Array(String)}) AND configured
        OR has({accounts:Array(String)}, account)
            AND has({granularities:Array(String)}, granularity)
            AND has({regions:Array(String)}, access_region)
            AND has({gateways:Array(String)}, gateway_type)
            AND has({types:Array(String)}, traffic_type)
    )
)
GROUP BY account, granularity, state, segment_begin, segment_end, reason
ORDER BY state != 'failed', segment_begin, account, granularity, reason
LIMIT {limit:UInt32}
