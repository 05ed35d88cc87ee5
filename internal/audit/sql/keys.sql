-- The views show each key once: an hour, or a date, of a series has one row.
SELECT
    {{template "names"}},
    min(bucket) AS begin,
    max(bucket) + if(granularity = 'hourly', 3600, 86400) AS ended,
    'rows of the view = keys' AS compared,
    if(lhs = rhs, 'passed', 'failed') AS verdict,
    toInt128(count()) AS lhs,
    toInt128(uniqExact(if(granularity = 'hourly', toUInt64(bucket), toUInt64(day)))) AS rhs,
    if(verdict = 'passed', '', concat('a key is there more than once: mnaflow run puts the calendar right; ',
        'if it is found again, remove the rows at instants that are no starts of buckets: ',
        if(granularity = 'hourly', {remove_hours:String}, {remove_days:String}))) AS words,
    count() AS n
FROM facts FINAL
WHERE reported
    AND {{template "chosen"}}
    AND {{template "in_range"}}
    AND {{template "present_zone"}}
GROUP BY {{template "names"}}
