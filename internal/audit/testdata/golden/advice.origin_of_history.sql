take their request, run and time from the ledger:
INSERT INTO mnaflow.history
SELECT f.* REPLACE (l.r AS run_id, l.q AS request_id, l.t AS observed_at)
FROM mnaflow.history AS f FINAL
INNER JOIN (
    SELECT account, granularity, access_region, gateway_type, traffic_type, version, any(time_zone) AS z,
        any(run_id) AS r, any(request_id) AS q, any(sent_at) AS t, any(final_before) AS b
    FROM mnaflow.ledger FINAL
    WHERE state = 'accepted'
    GROUP BY ALL
) AS l USING (account, granularity, access_region, gateway_type, traffic_type, version)
WHERE (f.granularity = 'hourly' OR f.time_zone = l.z)
    AND (f.run_id, f.request_id, f.observed_at) != (l.r, l.q, l.t)
