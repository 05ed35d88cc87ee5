-- The condition version > now is for speed: normally no version is above now, and the index by_version skips all rows.
WITH toUInt64(toUnixTimestamp64Micro(now64(6))) AS now
SELECT greatest(
    now,
    (SELECT max(version) FROM facts WHERE version > now),
    (SELECT max(version) FROM history WHERE version > now),
    (SELECT max(version) FROM ledger WHERE version > now)
)
