the state was changed by something else than a load: load them again with mnaflow backfill --force; then
let the entries say what they are now:
INSERT INTO mnaflow.ledger
SELECT l.* REPLACE (
    if(l.state = 'accepted', l.checksum, NULL) AS checksum,
    multiIf(l.state = 'accepted', '', l.error_class = '', 'transient', l.error_class) AS error_class
)
FROM mnaflow.ledger AS l FINAL
WHERE if(l.state = 'accepted', l.error_class != '', l.error_class = '' OR l.checksum IS NOT NULL)
