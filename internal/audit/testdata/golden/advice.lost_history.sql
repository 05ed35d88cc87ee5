rows of history are gone: bring it back from a backup, or note the loss in the ledger:
INSERT INTO mnaflow.ledger
SELECT l.* REPLACE (toUInt32(least(l.revised, h.n)) AS revised, toUInt32(least(l.retracted, h.m)) AS retracted)
FROM mnaflow.ledger AS l FINAL
LEFT JOIN (
    SELECT account, granularity, access_region, gateway_type, traffic_type, c.1 AS version, count() AS n,
        countIf(NOT c.2) AS m
    FROM (
        SELECT account, granularity, access_region, gateway_type, traffic_type,
            arrayJoin(arraySlice(arraySort(groupUniqArray((version, reported))), 2)) AS c
        FROM mnaflow.history FINAL
        GROUP BY account, granularity, access_region, gateway_type, traffic_type, bucket,
            if(granularity = 'hourly', '', time_zone)
    )
    GROUP BY ALL
) AS h USING (account, granularity, access_region, gateway_type, traffic_type, version)
WHERE l.state = 'accepted' AND (l.revised > h.n OR l.retracted > h.m)
