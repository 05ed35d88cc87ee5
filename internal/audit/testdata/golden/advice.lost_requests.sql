the ids of these requests are gone: bring them back from a backup, or note that they are unknown:
INSERT INTO mnaflow.ledger
SELECT t.* REPLACE ('unknown' AS request_id)
FROM mnaflow.ledger AS t FINAL
WHERE t.state = 'accepted' AND t.request_id = '';
INSERT INTO mnaflow.facts
SELECT t.* REPLACE ('unknown' AS request_id)
FROM mnaflow.facts AS t FINAL
WHERE t.request_id = '';
INSERT INTO mnaflow.history
SELECT t.* REPLACE ('unknown' AS request_id)
FROM mnaflow.history AS t FINAL
WHERE t.request_id = ''
