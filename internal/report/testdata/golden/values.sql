SELECT * FROM -- an ORDER BY after UNION ALL would sort its last part only
(
    SELECT reported, bytes, observed_at, was_final, request_id, run_id, false AS present, version
    FROM history FINAL
    WHERE account = {account:String} AND granularity = {granularity:String} AND access_region = {region:String}
        AND gateway_type = {gateway:String} AND traffic_type = {traffic:String} AND (granularity = 'hourly' OR time_zone = {zone:String}) AND bucket = {bucket:DateTime('UTC')}
    UNION ALL
    SELECT reported, bytes, extracted_at, is_final, request_id, run_id, true, version
    FROM facts FINAL
    WHERE account = {account:String} AND granularity = {granularity:String} AND access_region = {region:String}
        AND gateway_type = {gateway:String} AND traffic_type = {traffic:String} AND (granularity = 'hourly' OR time_zone = {zone:String}) AND bucket = {bucket:DateTime('UTC')}
)
ORDER BY version, present
