SELECT time_zone, day, day_begin, day_end
FROM days FINAL
WHERE day <= {until:Date}
ORDER BY time_zone, day
