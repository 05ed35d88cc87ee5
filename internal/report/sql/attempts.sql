SELECT window_begin, window_end, sent_at, state, reason, request_id, run_id, attempts, points
FROM ledger FINAL
WHERE {{template "series"}} AND {{template "zone"}}
    AND window_begin <= {bucket:DateTime('UTC')} AND window_end > {bucket:DateTime('UTC')}
ORDER BY version
