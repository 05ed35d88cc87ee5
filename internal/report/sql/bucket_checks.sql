-- What the newest verification that touched the bucket says of it: of each comparison the gravest result whose range
-- holds the bucket.
SELECT
    check_name, state, account, granularity, access_region, gateway_type, traffic_type,
    compared, detail, compared_buckets, range_begin, range_end, left_figure, right_figure
FROM mnaflow.data_checks
WHERE account = {account:String}
    AND granularity IN ('', {granularity:String})
    AND access_region IN ('', {region:String})
    AND gateway_type IN ('', {gateway:String})
    AND traffic_type IN ('', {traffic:String})
    AND range_begin <= {bucket:DateTime('UTC')}
    AND range_end > {bucket:DateTime('UTC')}
ORDER BY checked_at DESC, indexOf(['failed', 'pending', 'passed', 'skipped'], state)
LIMIT 1 BY check_name, compared
