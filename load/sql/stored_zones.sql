SELECT DISTINCT account, time_zone
FROM {{.}}
WHERE granularity = {granularity:String}
