SELECT 1
FROM facts FINAL
WHERE granularity = {granularity:String} AND account = {account:String} AND time_zone != {zone:String}
LIMIT 1
