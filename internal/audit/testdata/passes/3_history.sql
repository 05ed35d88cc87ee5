-- The first answer for each bucket, and no change since.
INSERT INTO history
SELECT * REPLACE
(
    toUInt64(toUnixTimestamp(bucket) + if(granularity = 'hourly', 4800, 86400 + 1200)) * 1000000 AS version,
    fromUnixTimestamp64Milli(toInt64(toUnixTimestamp(bucket) + if(granularity = 'hourly', 4800, 86400 + 1200)) * 1000) AS extracted_at,
    false AS is_final
)
FROM facts
