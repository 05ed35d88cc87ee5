-- Sums up the results with one state. Findings that explain others come first: a wrong time zone, then a wrong unit.
SELECT
    check_name, account, granularity, access_region, gateway_type, traffic_type, compared, detail,
    sum(compared_buckets),
    min(range_begin) AS first,
    max(range_end),
    argMin(range_begin, (range_begin, range_end)),
    argMin(range_end, (range_begin, range_end)),
    argMin(tuple(left_figure), (range_begin, range_end)).1,
    argMin(tuple(right_figure), (range_begin, range_end)).1
FROM mnaflow.data_checks
WHERE verify_id = {verify_id:UUID} AND state = {state:String}
GROUP BY check_name, account, granularity, access_region, gateway_type, traffic_type, compared, detail
ORDER BY
    check_name = 'days' AND access_region = '' DESC,
    check_name IN ('directions', 'regions', 'days') AND detail != '' DESC,
    check_name, account, compared, granularity, access_region, gateway_type, traffic_type, first
LIMIT {limit:UInt32}
