-- It reduces the ledger of one account and granularity to the spans that planning needs.
--
-- Each accepted window is cut where its buckets stop being final. The final parts are merged into unbroken ranges, the
-- islands, however many thousand passes made them. The other parts, and failed attempts, matter only where no island
-- contains them. So the result grows with the number of gaps and of recent passes, not with the ledger.
--
-- It reads the ledger once: most of its time on a small ledger is the analysis of its own text.
--
-- The zone's name is a constant of the statement, since ClickHouse takes no zone from a column.
WITH
    -- A window that was asked for again counts once: the newest attempt of those accepted and of those that were not.
    attempts AS
    (
        SELECT
            (access_region, gateway_type, traffic_type) AS series,
            window_begin, window_end,
            ledger.state = 'accepted' AS accepted,
            argMax(toString(ledger.state), version) AS state,
            argMax(toString(ledger.error_class), version) AS error_class,
            argMaxIf(ledger.failures, version, ledger.state != 'accepted') AS failures, -- 0 of those accepted
            if(accepted, max(sent_at), argMax(sent_at, version)) AS sent,
            max(version) AS newest,
            if(accepted, dateDiff('second', window_begin, sent), 0) AS reach,
            toStartOfDay(sent - toIntervalSecond({finality:UInt32}), {{quote .}}) AS final_day,
            toTimeZone(toDateTime(final_day), 'UTC') AS day_begin,
            -- In a zone off the full hour, such as UTC+5:30, the hour that contains midnight belongs to the day before.
            if({granularity:String} = 'hourly', toStartOfHour(day_begin + toIntervalSecond(3599)), day_begin)
                AS final_before,
            arrayJoin(if(accepted,
                [(window_begin, least(window_end, final_before), true),
                 (greatest(window_begin, final_before), window_end, false)],
                [(window_begin, window_end, false)])) AS part
        FROM ledger
        WHERE account = {account:String}
            AND granularity = {granularity:String}
            AND window_begin < {to:DateTime('UTC')}
            AND window_end > {from:DateTime('UTC')}
            AND ({granularity:String} = 'hourly' OR time_zone = {zone:String})
        GROUP BY series, window_begin, window_end, accepted
    ),
    -- opens marks the first part of each island. later_end is how far the attempts reach that failed later with the
    -- same begin: a range that stays refused grows each hour, and only its newest attempt matters.
    marked AS
    (
        SELECT
            series, accepted, state, error_class, failures, sent, newest, reach,
            part.1 AS begin,
            part.2 AS end,
            part.3 AS final,
            final AND begin > maxIf(end, final) OVER
                (PARTITION BY series ORDER BY begin, final DESC, end
                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS opens,
            max(end) OVER
                (PARTITION BY series, begin, accepted ORDER BY newest DESC
                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS later_end
        FROM attempts
        WHERE begin < end
    ),
    begun AS
    (
        SELECT
            *,
            maxIf(begin, opens) OVER
                (PARTITION BY series ORDER BY begin, final DESC, end
                 ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS island_begin
        FROM marked
    ),
    bounded AS
    (
        SELECT *, maxIf(end, final) OVER (PARTITION BY series, island_begin) AS island_end
        FROM begun
    )
SELECT
    series.1, series.2, series.3,
    if(final, island_begin, begin) AS span_begin,
    if(final, island_end, end) AS span_end,
    state, error_class, failures, max(sent), max(newest), max(reach)
FROM bounded
WHERE final OR end > island_end AND (accepted OR end > later_end)
GROUP BY series, span_begin, span_end, final, state, error_class, failures
ORDER BY series
