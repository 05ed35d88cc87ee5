take it from the ledger:
INSERT INTO mnaflow.facts
SELECT f.* REPLACE (f.bucket < l.b AS is_final)
FROM mnaflow.facts AS f FINAL
INNER JOIN (
    SELECT account, granularity, access_region, gateway_type, traffic_type, version, any(time_zone) AS z,
        any(run_id) AS r, any(request_id) AS q, any(sent_at) AS t, any(final_before) AS b
    FROM mnaflow.ledger FINAL
    WHERE state = 'accepted'
    GROUP BY ALL
) AS l USING (account, granularity, access_region, gateway_type, traffic_type, version)
WHERE (f.granularity = 'hourly' OR f.time_zone = l.z)
    AND f.is_final != (f.bucket < l.b)
