-- It brings back the days of one account and zone that days of another zone have overwritten. Those begin at the same
-- instant but end at another, because the clock changes in only one of the zones. History has the value, the ledger has
-- the request that confirmed it last. It runs after restamp.sql, which has moved the days that both zones share.
INSERT INTO facts ({{.Columns}})
SELECT
    f.granularity, f.account, f.access_region, f.gateway_type, f.traffic_type,
    f.bucket, any(h.value).1, {zone:String}, any(h.value).2, any(h.value).3,
    max(l.sent_at) >= any(n.day_end) + toIntervalSecond({finality:UInt32}),
    max(l.sent_at), argMax(l.run_id, l.version), argMax(l.request_id, l.version),
    any(f.version)
FROM
(
    SELECT *
    FROM facts FINAL
    WHERE account = {account:String} AND granularity = 'daily' AND time_zone != {zone:String}
) AS f
INNER JOIN
(
    SELECT
        access_region, gateway_type, traffic_type, bucket,
        argMax((day, bytes, reported), version) AS value
    FROM history
    WHERE account = {account:String} AND granularity = 'daily' AND time_zone = {zone:String}
    GROUP BY access_region, gateway_type, traffic_type, bucket
) AS h
    ON f.access_region = h.access_region
    AND f.gateway_type = h.gateway_type
    AND f.traffic_type = h.traffic_type
    AND f.bucket = h.bucket
INNER JOIN
(
    SELECT *
    FROM ledger
    WHERE account = {account:String} AND granularity = 'daily' AND time_zone = {zone:String} AND state = 'accepted'
) AS l
    ON f.access_region = l.access_region
    AND f.gateway_type = l.gateway_type
    AND f.traffic_type = l.traffic_type
INNER JOIN
(
    SELECT day_begin, day_end
    FROM days FINAL
    WHERE time_zone = {zone:String}
) AS n
    ON f.bucket = n.day_begin
WHERE l.window_begin <= f.bucket AND f.bucket < l.window_end
GROUP BY f.granularity, f.account, f.access_region, f.gateway_type, f.traffic_type, f.bucket
