-- Skips a series if the configuration does not extract both its hours and its days.
SELECT
    account, '' AS granularity, access_region, gateway_type, traffic_type,
    greatest(min(expected_from), {from:DateTime('UTC')}) AS begin,
    least(now('UTC'), {to:DateTime('UTC')}) AS ended,
    'the hours of a day = the day' AS compared,
    'skipped' AS verdict,
    CAST(NULL AS Nullable(Int128)) AS lhs,
    CAST(NULL AS Nullable(Int128)) AS rhs,
    if(countIf(configured) = 0, 'the configuration does not extract it',
        concat('the configuration extracts only the granularity ', anyIf(length, configured))) AS words,
    0 AS n
FROM
(
    SELECT * EXCEPT granularity, toString(granularity) AS length
    FROM series FINAL
    WHERE {{template "chosen_days"}}
)
GROUP BY account, access_region, gateway_type, traffic_type
HAVING countIf(configured) < 2
