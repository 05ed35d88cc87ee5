it was changed by something else than a load: load them again with mnaflow backfill --force; then compare it no more:
INSERT INTO mnaflow.ledger
SELECT l.* REPLACE (NULL AS final_before)
FROM mnaflow.ledger AS l FINAL
WHERE l.state = 'accepted' AND l.final_before > l.sent_at
