-- Tries each of the newest 200 failed days of an account at every whole hour from 26 before its start to 26 after. It
-- returns the best shift at which at least 80 % of them, and no fewer than three, sum up.
WITH
    failed_days AS
    (
        SELECT *
        FROM check_results FINAL
        WHERE verify_id = {verify_id:UUID} AND check_name = {check:String} AND state = 'failed' AND right_figure > 0
        ORDER BY range_begin DESC, access_region, gateway_type, traffic_type
        LIMIT 200 BY account
    ),
    shifted_hours AS
    (
        SELECT
            account, access_region, gateway_type, traffic_type, range_begin, right_figure,
            arrayJoin(range(-26, 27)) AS shift,
            arrayJoin(range(toUInt32(intDiv(range_end - range_begin, 3600)))) AS hour,
            range_begin + (shift + hour) * 3600 AS bucket
        FROM failed_days
    ),
    shifted_days AS
    (
        SELECT
            d.account AS account, shift, range_begin,
            any(right_figure) AS day_bytes,
            sum(toInt128(f.bytes)) AS hours
        FROM shifted_hours AS d
        LEFT JOIN (SELECT * FROM facts FINAL WHERE granularity = 'hourly') AS f
            USING (account, access_region, gateway_type, traffic_type, bucket)
        GROUP BY account, access_region, gateway_type, traffic_type, range_begin, shift
    ),
    shifts AS
    (
        SELECT
            account, shift,
            countIf(hours = toInt128(day_bytes)) AS matched,
            count() AS tried,
            max(range_begin) AS newest
        FROM shifted_days
        GROUP BY account, shift
    )
SELECT account, time_zone, toInt64(shift), matched, tried, newest
FROM shifts
INNER JOIN {{template "account_zones"}} AS z USING (account)
WHERE matched >= 3 AND matched >= 0.8 * tried
ORDER BY matched DESC, abs(shift)
LIMIT 1 BY account
