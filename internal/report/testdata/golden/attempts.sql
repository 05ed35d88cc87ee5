SELECT window_begin, window_end, sent_at, state, reason, request_id, run_id, attempts, points
FROM ledger FINAL
WHERE account = {account:String} AND granularity = {granularity:String} AND access_region = {region:String}
        AND gateway_type = {gateway:String} AND traffic_type = {traffic:String} AND (granularity = 'hourly' OR time_zone = {zone:String})
    AND window_begin <= {bucket:DateTime('UTC')} AND window_end > {bucket:DateTime('UTC')}
ORDER BY version
