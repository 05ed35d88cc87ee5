SELECT account, time_zone, min(window_begin)
FROM ledger
GROUP BY account, time_zone
