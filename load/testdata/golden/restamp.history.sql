-- It dates the rows of one account and granularity anew that were stored in another zone. Hours then lie in another
-- day, and are never asked for again once they are final. A day is left alone unless the new zone has the very same
-- day: two zones may share a midnight, and since the key of a fact is an instant, each overwrites the other's days.
-- What the ledger says of this zone must still be there after a way out and back.
--
-- The version stays, and of equal versions the row that was inserted last counts. So this may run any number of times,
-- and a newer observation still wins. It looks at the rows, not at what the configuration was: the next pass finds what
-- was cut short, and what a program with the old configuration has written since.
INSERT INTO history (granularity, account, access_region, gateway_type, traffic_type, bucket, day, time_zone, bytes, reported, was_final, observed_at, run_id, request_id, version)
SELECT f.granularity, f.account, f.access_region, f.gateway_type, f.traffic_type, f.bucket, n.day, {zone:String}, f.bytes, f.reported, f.was_final, f.observed_at, f.run_id, f.request_id, f.version
FROM
(
    SELECT *, 1 AS one
    FROM history FINAL
    WHERE granularity = {granularity:String} AND account = {account:String} AND time_zone != {zone:String}
) AS f
ASOF INNER JOIN
(
    SELECT day, day_begin, day_end, 1 AS one
    FROM days FINAL
    WHERE time_zone = {zone:String}
) AS n
    ON f.one = n.one AND f.bucket >= n.day_begin
WHERE f.bucket < n.day_end
    AND
    (
        f.granularity = 'hourly'
        OR f.bucket = n.day_begin
            AND (f.time_zone, n.day_begin, n.day_end) IN (SELECT time_zone, day_begin, day_end FROM days FINAL)
    )
