-- What loads have learned of the longest window that the API answers: a window that it refused is longer than one that
-- it answered, and was refused in the past.
SELECT
    account, granularity, '' AS access_region, '' AS gateway_type, '' AS traffic_type,
    toDateTime(0, 'UTC') AS begin,
    now('UTC') AS ended,
    'the lengths of windows = lengths that may be' AS compared,
    if(
        shortest_refused > 0 AND shortest_refused <= longest_answered
            OR greatest(learned_at, written_at)
                > greatest(now64(6), fromUnixTimestamp64Milli({checked_at:Int64})) + toIntervalMinute(10),
        'failed', 'passed') AS verdict,
    toInt128(longest_answered) AS lhs,
    toInt128(shortest_refused) AS rhs,
    if(verdict = 'passed', '', {wrong_limits:String}) AS words,
    1 AS n
FROM limits FINAL
WHERE {{template "chosen_account"}}
    AND {{template "chosen_granularity"}}
