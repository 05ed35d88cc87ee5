SELECT
    toInt64(toUnixTimestamp(toDateTime(day, 'UTC'))),
    toInt64(toUnixTimestamp(day_begin)),
    toInt64(toUnixTimestamp(day_end))
FROM days FINAL
WHERE time_zone = {zone:String}
