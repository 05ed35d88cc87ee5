-- The first answer for each bucket, and no change since.
INSERT INTO history
SELECT f.* EXCEPT (sent) REPLACE
(
    false AS is_final,
    sent AS extracted_at,
    leftPad(toString(toUnixTimestamp(sent) * 1000000), 36, '0') AS request_id,
    toUnixTimestamp(sent) * 1000000 AS version
)
FROM
(
    SELECT *, toDateTime64(bucket + if(granularity = 'hourly', 4800, 86400 + 1200), 3, 'UTC') AS sent
    FROM facts
) AS f
