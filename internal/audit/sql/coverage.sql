-- Passes a series if every expected bucket, from start to now less settle, is covered or unavailable. gaps.sql reports
-- the others.
SELECT account, granularity, access_region, gateway_type, traffic_type, expected_from AS begin, expected_to AS ended,
    'covered and unavailable buckets = expected buckets' AS compared, 'passed' AS verdict,
    toInt128(covered_buckets + unavailable_buckets) AS lhs, toInt128(expected_buckets) AS rhs,
    if(unavailable_buckets > 0, 'some are older than the API keeps', '') AS words, expected_buckets AS n
FROM mnaflow.series_coverage
WHERE {{template "wanted"}}
    AND failed_buckets + gap_buckets = 0
    AND expected_buckets > 0
    AND {{template "chosen"}}
    AND expected_from < {to:DateTime('UTC')}
    AND expected_to > {from:DateTime('UTC')}
