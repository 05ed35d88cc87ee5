values were changed by something else than a load, here or in their history: load them again with
mnaflow backfill --force; then compare this answer no more:
INSERT INTO mnaflow.ledger
SELECT * REPLACE (NULL AS checksum)
FROM mnaflow.ledger FINAL
WHERE version <= 1767225600000000
    AND (account, granularity, access_region, gateway_type, traffic_type, window_begin, window_end) IN (
        SELECT account, granularity, access_region, gateway_type, traffic_type, range_begin, range_end
        FROM mnaflow.check_results
        WHERE verify_id = 'VERIFICATION' AND state = 'failed' AND compared LIKE '%checksum%'
    )
