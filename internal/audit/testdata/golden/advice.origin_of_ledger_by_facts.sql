the ledger lacks their request, run or time:
INSERT INTO mnaflow.ledger
SELECT l.* REPLACE (f.r AS run_id, f.q AS request_id, f.t AS sent_at)
FROM mnaflow.ledger AS l FINAL
INNER JOIN (
    SELECT account, granularity, access_region, gateway_type, traffic_type, version, max(run_id) AS r,
        max(request_id) AS q, min(extracted_at) AS t
    FROM mnaflow.facts FINAL
    GROUP BY ALL
) AS f USING (account, granularity, access_region, gateway_type, traffic_type, version)
WHERE l.state = 'accepted' AND (l.run_id, l.request_id, l.sent_at) != (f.r, f.q, f.t)
