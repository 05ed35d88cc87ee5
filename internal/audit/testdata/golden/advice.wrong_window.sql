the window was changed by something else than a load: let it end where its buckets do:
INSERT INTO mnaflow.ledger
SELECT l.* REPLACE (
    if(
        l.granularity = 'hourly' OR empty(d.begins),
        l.window_begin + l.buckets * if(l.granularity = 'hourly', 3600, 86400),
        arraySort(
            b -> abs(
                toInt64(toUnixTimestamp(b)) - toInt64(toUnixTimestamp(l.window_begin)) - 86400 * toInt64(l.buckets)),
            d.begins)[1]) AS window_end
)
FROM mnaflow.ledger AS l FINAL
LEFT JOIN (
    SELECT time_zone, groupArray(day_begin) AS begins
    FROM mnaflow.days FINAL
    GROUP BY time_zone
) AS d USING time_zone
WHERE l.state = 'accepted'
    AND abs(
        toInt64(toUnixTimestamp(l.window_end)) - toInt64(toUnixTimestamp(l.window_begin))
        - if(l.granularity = 'hourly', 3600, 86400) * toInt64(l.buckets)
    ) >= if(l.granularity = 'hourly', 1, 43200);
OPTIMIZE TABLE mnaflow.ledger FINAL
