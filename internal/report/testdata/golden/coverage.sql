-- Sums up the coverage of the chosen series. The tail of a series is the buckets after its newest covered one.
SELECT account, granularity, count(),
    sum(expected_buckets), sum(covered_buckets), sum(failed_buckets), sum(unavailable_buckets), sum(gap_buckets),
    sum(tail_buckets), sum(reported_buckets),
    min(c.expected_from), max(expected_to),
    arrayMin(groupArray(greatest(fresh_to, c.expected_from)) AS fresh), countEqual(fresh, arrayMin(fresh)),
    min(first_reported), max(last_extracted_at)
FROM mnaflow.series_coverage AS c
WHERE (
        empty({accounts:Array(String)}) AND configured
        OR has({accounts:Array(String)}, account)
            AND has({granularities:Array(String)}, granularity)
            AND has({regions:Array(String)}, access_region)
            AND has({gateways:Array(String)}, gateway_type)
            AND has({types:Array(String)}, traffic_type)
    )
GROUP BY account, granularity
ORDER BY account, granularity DESC
