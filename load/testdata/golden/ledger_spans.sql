-- It reduces the ledger of one account and granularity to the spans that planning needs.
--
-- Each accepted window is cut where its buckets stop being final. The final parts are merged into unbroken ranges,
-- however many thousand passes made them. The other parts, and failed attempts, matter only where no such range
-- contains them. So the result grows with the number of gaps and of recent passes, not with the ledger.
--
-- The zone's name is a constant of the statement, since ClickHouse takes no zone from a column.
WITH
    attempts AS
    (
        SELECT
            access_region, gateway_type, traffic_type,
            window_begin AS begin, window_end AS end,
            state, error_class, failures, sent_at, version
        FROM ledger
        WHERE account = {account:String}
            AND granularity = {granularity:String}
            AND window_begin < {to:DateTime('UTC')}
            AND window_end > {from:DateTime('UTC')}
            AND ({granularity:String} = 'hourly' OR time_zone = {zone:String})
    ),
    accepted AS
    (
        SELECT
            access_region, gateway_type, traffic_type, begin, end,
            max(sent_at) AS sent,
            max(version) AS newest,
            dateDiff('second', begin, sent) AS reach,
            toStartOfDay(sent - toIntervalSecond({finality:UInt32}), 'Europe/Berlin') AS final_day,
            toTimeZone(toDateTime(final_day), 'UTC') AS day_begin,
            -- In a zone off the full hour, such as UTC+5:30, the hour that contains midnight belongs to the day before.
            if({granularity:String} = 'hourly', toStartOfHour(day_begin + toIntervalSecond(3599)), day_begin)
                AS final_before
        FROM attempts
        WHERE state = 'accepted'
        GROUP BY access_region, gateway_type, traffic_type, begin, end
    ),
    -- The final parts; opens marks the first of each unbroken range.
    final_parts AS
    (
        SELECT
            *,
            begin > max(end) OVER
                (PARTITION BY access_region, gateway_type, traffic_type ORDER BY begin, end
                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS opens
        FROM
        (
            SELECT
                access_region, gateway_type, traffic_type, begin,
                max(least(end, final_before)) AS end,
                max(sent) AS sent,
                max(newest) AS newest,
                max(reach) AS reach
            FROM accepted
            WHERE begin < final_before
            GROUP BY access_region, gateway_type, traffic_type, begin
        )
    ),
    islands AS
    (
        SELECT
            access_region, gateway_type, traffic_type,
            min(begin) AS begin,
            max(end) AS end,
            max(sent) AS sent,
            max(newest) AS newest,
            max(reach) AS reach
        FROM
        (
            SELECT
                *,
                sum(opens) OVER
                    (PARTITION BY access_region, gateway_type, traffic_type ORDER BY begin, end
                     ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS island
            FROM final_parts
        )
        GROUP BY access_region, gateway_type, traffic_type, island
    ),
    -- Attempts that failed or are unavailable, except those that a later attempt with the same begin contains: a range
    -- that stays refused grows each hour, and only its newest attempt matters.
    failed AS
    (
        SELECT *
        FROM
        (
            SELECT
                access_region, gateway_type, traffic_type, begin, end,
                toString(attempts.state) AS state,
                toString(error_class) AS error_class,
                failures,
                sent_at AS sent,
                version AS newest,
                max(end) OVER
                    (PARTITION BY access_region, gateway_type, traffic_type, begin ORDER BY version DESC
                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS later_end
            FROM attempts
            WHERE attempts.state != 'accepted'
        )
        WHERE later_end < end
    ),
    others AS
    (
        SELECT
            access_region, gateway_type, traffic_type,
            greatest(begin, final_before) AS begin,
            end,
            'accepted' AS state,
            '' AS error_class,
            0::UInt16 AS failures,
            sent, newest, reach
        FROM accepted
        WHERE end > final_before
        UNION ALL
        SELECT access_region, gateway_type, traffic_type, begin, end, state, error_class, failures, sent, newest, 0
        FROM failed
    )
SELECT * FROM -- directly after UNION ALL, ORDER BY would order the last part only
(
    SELECT
        access_region, gateway_type, traffic_type, begin, end,
        'accepted' AS state,
        '' AS error_class,
        0::UInt16 AS failures,
        sent, newest, reach
    FROM islands
    UNION ALL
    SELECT
        o.access_region, o.gateway_type, o.traffic_type, o.begin, o.end,
        o.state, o.error_class, o.failures, o.sent, o.newest, o.reach
    FROM others AS o
    ASOF LEFT JOIN islands AS i
        ON o.access_region = i.access_region
        AND o.gateway_type = i.gateway_type
        AND o.traffic_type = i.traffic_type
        AND o.begin >= i.begin
    WHERE i.end < o.end
)
ORDER BY access_region, gateway_type, traffic_type
