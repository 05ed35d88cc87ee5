-- Two passes that compare at the same time both see the old value, so history may miss a change. Say 5 is stored,
-- pass A reads 7 at v2, and pass B reads 5 at v3. B compares before A has written, and records nothing. Then history
-- says 7, though the fact is 5. This adds the 5: each fact that differs from the newest history row up to its
-- version. A day is compared with rows of its own time zone.
INSERT INTO history (granularity, account, access_region, gateway_type, traffic_type, bucket, day, time_zone, bytes, reported, was_final, observed_at, run_id, request_id, version)
SELECT
    f.granularity, f.account, f.access_region, f.gateway_type, f.traffic_type,
    f.bucket, f.day, f.time_zone, f.bytes, f.reported,
    false, f.extracted_at, f.run_id, f.request_id, f.version
FROM
(
    SELECT *
    FROM facts FINAL
    WHERE (account = 'main' AND granularity = 'hourly' AND access_region = 'ALL'
        AND gateway_type = 'public' AND traffic_type = 'total'
        AND bucket >= toDateTime(1767225600, 'UTC') AND bucket < toDateTime(1767243600, 'UTC'))
    OR (account = 'it\'s a \\' AND granularity = 'daily' AND access_region = 'EU'
        AND gateway_type = 'private' AND traffic_type = 'uplink'
        AND bucket >= toDateTime(1767222000, 'UTC') AND bucket < toDateTime(1767394800, 'UTC'))
) AS f
ASOF INNER JOIN
(
    SELECT *
    FROM history
    WHERE (account = 'main' AND granularity = 'hourly' AND access_region = 'ALL'
        AND gateway_type = 'public' AND traffic_type = 'total'
        AND bucket >= toDateTime(1767225600, 'UTC') AND bucket < toDateTime(1767243600, 'UTC'))
    OR (account = 'it\'s a \\' AND granularity = 'daily' AND access_region = 'EU'
        AND gateway_type = 'private' AND traffic_type = 'uplink'
        AND bucket >= toDateTime(1767222000, 'UTC') AND bucket < toDateTime(1767394800, 'UTC'))
) AS h
    ON f.granularity = h.granularity
    AND f.account = h.account
    AND f.access_region = h.access_region
    AND f.gateway_type = h.gateway_type
    AND f.traffic_type = h.traffic_type
    AND f.bucket = h.bucket
    AND f.version >= h.version
    AND if(f.granularity = 'hourly', '', f.time_zone) = if(h.granularity = 'hourly', '', h.time_zone)
WHERE (f.reported, f.bytes) != (h.reported, h.bytes)
