SELECT DISTINCT 'history' AS table, granularity, account, time_zone
FROM history
UNION ALL
SELECT DISTINCT 'facts', granularity, account, time_zone
FROM facts
