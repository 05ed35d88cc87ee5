-- Compares the sum of the hours of each day with the day. A day that lacks an hour, or itself, is not compared here: it
-- is a gap, which the check coverage reports.
SELECT
    account, '' AS granularity, access_region, gateway_type, traffic_type,
    d.day_begin AS begin,
    d.day_end AS ended,
    'the hours of a day = the day' AS compared,
    multiIf(
        toMinute(d.day_begin) != 0, 'skipped',
        abs(f.sum_of_hours - f.day_bytes) <= tolerance, 'passed',
        final, 'failed',
        'pending') AS verdict,
    if(verdict = 'skipped', NULL, f.sum_of_hours) AS lhs,
    if(verdict = 'skipped', NULL, f.day_bytes) AS rhs,
    multiIf(
        verdict = 'passed', '',
        verdict = 'skipped', concat('days begin off the full hour in ', d.time_zone),
        verdict = 'pending', 'not all hours are final, and values may still move',
        {{.Drift}} != '', {{.Drift}},
        {{template "as_final"}}) AS words,
    1 AS n
FROM
(
    SELECT
        account, access_region, gateway_type, traffic_type, day,
        sumIf(toInt128(bytes), granularity = 'hourly') AS sum_of_hours,
        sumIf(toInt128(bytes), granularity = 'daily') AS day_bytes,
        countIf(granularity = 'hourly') AS hours,
        countIf(granularity = 'daily') AS days,
        min(is_final) AS final,
        -- Values with a fraction were rounded to the byte, each of the 25; above 2^53 the API's floats skip numbers.
        if(account IN (SELECT account FROM ledger WHERE rounded > 0), 25, 0)
            + if(day_bytes > 9007199254740992, intDiv(day_bytes, 1000000000), 0) AS tolerance
    FROM facts FINAL
    WHERE {{template "chosen_days"}}
        AND bucket >= {from:DateTime('UTC')}
        AND bucket - 172800 < {to:DateTime('UTC')}
        AND {{template "present_zone"}}
        AND (account, access_region, gateway_type, traffic_type) IN
        (
            SELECT account, access_region, gateway_type, traffic_type
            FROM series FINAL
            WHERE configured
            GROUP BY ALL
            HAVING count() = 2
        )
    GROUP BY account, access_region, gateway_type, traffic_type, day
) AS f
INNER JOIN {{template "account_days"}} AS d USING (account, day)
WHERE d.day_begin >= {from:DateTime('UTC')}
    AND d.day_begin < {to:DateTime('UTC')}
    AND days = 1
    AND (hours * 3600 = d.day_end - d.day_begin OR toMinute(d.day_begin) != 0)
