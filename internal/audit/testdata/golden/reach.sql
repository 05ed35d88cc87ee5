-- How far the accepted answers reach that touch the range: from their first to their last bucket, and from their oldest
-- to their newest version.
SELECT min(window_begin), max(window_end), min(version), max(version)
FROM ledger
WHERE state = 'accepted' AND window_begin < {to:DateTime('UTC')} AND window_end > {from:DateTime('UTC')}
