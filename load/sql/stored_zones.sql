-- In the order of the tables' keys this takes a third of the time of SELECT DISTINCT.
SELECT 'history' AS table, granularity, account, arrayJoin(groupUniqArray(time_zone)) AS time_zone
FROM history
GROUP BY account, granularity
SETTINGS optimize_aggregation_in_order = 1
UNION ALL
SELECT 'facts', granularity, account, arrayJoin(groupUniqArray(time_zone))
FROM facts
GROUP BY account, granularity
SETTINGS optimize_aggregation_in_order = 1
