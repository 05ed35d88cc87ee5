take it from the answer before:
INSERT INTO mnaflow.history
SELECT h.* REPLACE (false AS was_final)
FROM mnaflow.history AS h FINAL
WHERE h.was_final != false
    AND (account, granularity, access_region, gateway_type, traffic_type, bucket, version) IN (
        SELECT account, granularity, access_region, gateway_type, traffic_type, range_begin,
            toUInt64(assumeNotNull(left_figure))
        FROM mnaflow.check_results
        WHERE verify_id = 'VERIFICATION' AND state = 'failed' AND compared LIKE '%final%history%'
    )
