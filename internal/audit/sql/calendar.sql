-- Each fact starts at the start of an hour or a day, and its date is that of the day. Facts from before the first day
-- of the table days are not compared.
SELECT
    f.account AS account, granularity, access_region, gateway_type, traffic_type,
    bucket AS begin,
    if(verdict = 'failed', bucket + 1, toDateTime(0, 'UTC')) AS ended,
    'the bucket = a bucket of the calendar' AS compared,
    if(
        f.day = d.day AND if(granularity = 'hourly', toStartOfHour(bucket) = bucket, bucket = d.day_begin),
        'passed', 'failed') AS verdict,
    NULL AS lhs,
    NULL AS rhs,
    multiIf(
        verdict = 'passed', '',
        granularity = 'hourly' AND toStartOfHour(bucket) != bucket,
        concat('no hour starts there: remove it: ', {remove_hours:String}),
        granularity = 'daily' AND bucket != d.day_begin,
        concat('no day starts there: mnaflow run puts the calendar right; if it is found again, remove it: ',
            {remove_days:String}),
        concat('the row has the date of another day', {{template "again"}})) AS words,
    1 AS n
FROM {{template "chosen_facts"}} AS f
ASOF INNER JOIN {{template "account_days"}} AS d ON f.account = d.account AND f.bucket >= d.day_begin
WHERE f.bucket < d.day_end
