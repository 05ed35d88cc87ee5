-- The tail of a series is what was never asked for behind all that is covered.
SELECT account, granularity, count(),
    sum(expected_buckets), sum(covered_buckets), sum(failed_buckets), sum(unavailable_buckets), sum(gap_buckets),
    sum(if(u.last_begin >= f.fresh, u.last_gap, 0)), sum(reported_buckets),
    min(c.expected_from), max(expected_to), min(greatest(f.fresh, c.expected_from)),
    min(first_reported), max(last_extracted_at)
FROM mnaflow.flow_coverage AS c
LEFT JOIN
(
    SELECT account, granularity, access_region, gateway_type, traffic_type, max(covered_end) AS fresh
    FROM mnaflow.covered
    GROUP BY account, granularity, access_region, gateway_type, traffic_type
) AS f USING (account, granularity, access_region, gateway_type, traffic_type)
LEFT JOIN
(
    SELECT account, granularity, access_region, gateway_type, traffic_type, max(segment_begin) AS last_begin,
        argMax(if(state = 'gap', toUInt64({{template "segment_buckets"}}), 0), segment_begin) AS last_gap
    FROM mnaflow.uncovered
    GROUP BY account, granularity, access_region, gateway_type, traffic_type
) AS u USING (account, granularity, access_region, gateway_type, traffic_type)
WHERE configured
GROUP BY account, granularity
ORDER BY account, granularity DESC

{{/* How many buckets an uncovered segment has: every day is within two hours of 24. */}}
{{define "segment_buckets" -}}
round(dateDiff('second', segment_begin, segment_end) / if(granularity = 'hourly', 3600, 86400))
{{- end}}
