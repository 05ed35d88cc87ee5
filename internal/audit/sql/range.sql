SELECT min(first), max(last)
FROM
(
    SELECT min(bucket) AS first, max(bucket) AS last, count() AS n
    FROM facts
    UNION ALL
    SELECT min(window_begin), max(window_end) - 1, count()
    FROM ledger
    WHERE state = 'accepted'
)
WHERE n > 0
