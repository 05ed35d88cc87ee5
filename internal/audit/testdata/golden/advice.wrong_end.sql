the window was changed by something else than a load: let it end before its request:
INSERT INTO mnaflow.ledger
WITH
    if(l.granularity = 'hourly', 3600, 86400) AS u,
    toInt64(toUnixTimestamp(l.window_end)) - toUnixTimestamp64Second(toDateTime64(l.sent_at, 0)) AS o,
    u * intDiv(o + u - 1, u) AS s
SELECT l.* REPLACE (
    if(
        l.granularity = 'hourly' OR empty(d.begins),
        l.window_begin - s,
        arraySort(
            b -> abs(toInt64(toUnixTimestamp(b)) - toInt64(toUnixTimestamp(l.window_begin)) + s), d.begins)[1]
    ) AS window_begin,
    if(
        l.granularity = 'hourly' OR empty(d.begins),
        l.window_end - s,
        arraySort(b -> abs(toInt64(toUnixTimestamp(b)) - toInt64(toUnixTimestamp(l.window_end)) + s), d.begins)[1]
    ) AS window_end
)
FROM mnaflow.ledger AS l FINAL
LEFT JOIN (
    SELECT time_zone, groupArray(day_begin) AS begins
    FROM mnaflow.days FINAL
    GROUP BY time_zone
) AS d USING time_zone
WHERE l.state = 'accepted'
    AND o > 0
    AND (account, granularity, access_region, gateway_type, traffic_type, l.window_begin) IN (
        SELECT account, granularity, access_region, gateway_type, traffic_type, range_begin
        FROM mnaflow.check_results
        WHERE verify_id = 'VERIFICATION' AND state = 'failed' AND compared LIKE '%had%come%'
    );
OPTIMIZE TABLE mnaflow.ledger FINAL
