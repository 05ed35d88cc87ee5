SELECT DISTINCT account, time_zone
FROM facts
WHERE granularity = {granularity:String}
