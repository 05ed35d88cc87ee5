-- It moves the rows of one account and granularity that were stored in another time zone into the zone of today.
--
-- An hour keeps its instant and gets the date that it has in the new zone; once final, it is never requested again. A
-- day moves only if the new zone has the very same day, from the same begin to the same end. Other days stay as they
-- are: the ledger has them as days of the old zone, and if that zone comes back, they must still be there. Where two
-- zones share a midnight, a day of one overwrites that of the other, since a fact's key is an instant; restore.sql
-- brings it back.
--
-- The version stays, and of equal versions the row that was inserted last counts. So this may run any number of times,
-- and a newer observation still wins. It looks at the rows and not at the former configuration: so the next pass finds
-- what was cut short, and what another program with the old configuration has written since.
INSERT INTO facts (granularity, account, access_region, gateway_type, traffic_type, bucket, day, time_zone, bytes, reported, is_final, extracted_at, run_id, request_id, version)
SELECT f.granularity, f.account, f.access_region, f.gateway_type, f.traffic_type, f.bucket, n.day, {zone:String}, f.bytes, f.reported, f.is_final, f.extracted_at, f.run_id, f.request_id, f.version
FROM
(
    SELECT *, 1 AS one
    FROM facts FINAL
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
