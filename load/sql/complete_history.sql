-- Two passes that compare at the same time both see the old value, so the later one may leave out a change. This adds
-- it: each fact that differs from the newest history row up to its version, and, where it is a day, of its time zone.
INSERT INTO history ({{.Columns}})
SELECT
    f.granularity, f.account, f.access_region, f.gateway_type, f.traffic_type,
    f.bucket, f.day, f.time_zone, f.bytes, f.reported,
    false, f.extracted_at, f.run_id, f.request_id, f.version
FROM
(
    SELECT *
    FROM facts FINAL
    WHERE {{template "windows" .Windows}}
) AS f
ASOF INNER JOIN
(
    SELECT *
    FROM history
    WHERE {{template "windows" .Windows}}
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
