-- The newest result of each comparison whose range contains the bucket; of several results of one verification, the
-- gravest, and of those one that says something.
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
ORDER BY checked_at DESC, indexOf(['failed', 'pending', 'passed', 'skipped'], state), detail = ''
LIMIT 1 BY check_name, compared
