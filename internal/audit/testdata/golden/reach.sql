-- From the first to the last bucket of all accepted windows that touch the range.
SELECT min(window_begin), max(window_end)
FROM ledger
WHERE state = 'accepted' AND window_begin < {to:DateTime('UTC')} AND window_end > {from:DateTime('UTC')}
