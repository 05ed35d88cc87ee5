-- It passes a series that answers cover from start to now less settle. A bucket that ended after the promised moment may be on its
-- way; a day has up to 25 hours. Tables without a series, of which nothing disagrees, do not pass.
SELECT account, granularity, access_region, gateway_type, traffic_type, expected_from AS begin, expected_to AS ended,
    'covered and unavailable buckets = expected buckets' AS compared, 'passed' AS verdict,
    toInt128(covered_buckets + unavailable_buckets) AS lhs, toInt128(expected_buckets) AS rhs,
    if(unavailable_buckets > 0, 'some are older than the API keeps', '') AS words, expected_buckets AS n
FROM mnaflow.flow_coverage
WHERE configured
    AND failed_buckets + gap_buckets = 0
    AND expected_buckets > 0
    AND {{template "chosen"}}
    AND expected_from < {to:DateTime('UTC')}
    AND expected_to > {from:DateTime('UTC')}
UNION ALL
SELECT account, granularity, access_region, gateway_type, traffic_type, segment_begin, segment_end,
    'covered and unavailable buckets = expected buckets',
    multiIf(state != 'gap', 'failed',
        granularity = 'hourly' AND segment_begin + 3600 > {promised_hourly:DateTime('UTC')}, 'pending',
        granularity = 'daily' AND segment_begin + 90000 > {promised_daily:DateTime('UTC')}, 'pending',
        'failed') AS verdict,
    0, toUInt64({{template "segment_buckets"}}) AS buckets,
    if(verdict = 'pending', 'settled since the last answer; the next run loads it', reason), buckets
FROM mnaflow.uncovered AS u
INNER JOIN
(
    SELECT account, granularity, access_region, gateway_type, traffic_type
    FROM series FINAL
    WHERE configured
) AS s USING (account, granularity, access_region, gateway_type, traffic_type)
WHERE state != 'unavailable'
    AND {{template "chosen"}}
    AND segment_begin < {to:DateTime('UTC')}
    AND segment_end > {from:DateTime('UTC')}
UNION ALL
SELECT '', '', '', '', '', toDateTime(0, 'UTC'), now('UTC'), 'loaded series > 0', 'failed', 0, 0,
    'nothing has been loaded yet: run mnaflow backfill or mnaflow schedule', 0
WHERE (SELECT count() FROM series FINAL WHERE configured AND {{template "chosen"}}) = 0

{{/* How many buckets an uncovered segment has: every day is within two hours of 24. */}}
{{define "segment_buckets" -}}
round(dateDiff('second', segment_begin, segment_end) / if(granularity = 'hourly', 3600, 86400))
{{- end}}
