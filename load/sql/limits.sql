SELECT longest_answered, shortest_refused, learned_at
FROM limits FINAL
WHERE account = {account:String} AND granularity = {granularity:String}
