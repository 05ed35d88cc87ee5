the time was changed by something else than a load: take that of the request:
INSERT INTO mnaflow.ledger
SELECT l.* REPLACE (l.sent_at AS answered_at)
FROM mnaflow.ledger AS l FINAL
WHERE l.state = 'accepted' AND l.answered_at + 1800 < l.sent_at
