SELECT * FROM -- an ORDER BY after UNION ALL would sort its last part only
(
    SELECT reported, bytes, observed_at, was_final, request_id, run_id, false AS present, version
    FROM history FINAL
    WHERE {{template "series"}} AND {{template "zone"}} AND bucket = {bucket:DateTime('UTC')}
    UNION ALL
    SELECT reported, bytes, extracted_at, is_final, request_id, run_id, true, version
    FROM facts FINAL
    WHERE {{template "series"}} AND {{template "zone"}} AND bucket = {bucket:DateTime('UTC')}
)
ORDER BY version, present
