-- What the ledger knows of buckets that no island contains (see ledger_islands.sql): the parts of accepted windows that
-- were not final when they were requested, and attempts that failed. A window that was requested again counts once: the
-- newest attempt of those accepted and of those that were not.
--
-- Most entries lie within the longest island of their series, from one of begins to one of ends. They are left out, and
-- most of them at once: those within what the longest islands of all series share, from last_begin to first_end.
WITH attempts AS
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
        if(accepted, greatest(window_begin, max(if(
                {granularity:String} = 'hourly',
                toStartOfHour(toTimeZone(toDateTime(toStartOfDay(sent_at - toIntervalSecond({finality:UInt32}), 'Europe/Berlin')), 'UTC') + toIntervalSecond(3599)),
                toTimeZone(toDateTime(toStartOfDay(sent_at - toIntervalSecond({finality:UInt32}), 'Europe/Berlin')), 'UTC')))), window_begin) AS begin
    FROM ledger
    PREWHERE ledger.state != 'accepted'
        OR window_begin < {last_begin:DateTime('UTC')}
        OR window_end > {first_end:DateTime('UTC')}
    WHERE account = {account:String}
            AND granularity = {granularity:String}
            AND window_begin < {to:DateTime('UTC')}
            AND window_end > {from:DateTime('UTC')}
            AND ({granularity:String} = 'hourly' OR time_zone = {zone:String})
        AND
        (
            window_begin < transform(concat(access_region, '/', gateway_type, '/', traffic_type), {series:Array(String)}, {begins:Array(UInt32)}, 0)
            OR window_end > transform(concat(access_region, '/', gateway_type, '/', traffic_type), {series:Array(String)}, {ends:Array(UInt32)}, 0)
        )
    GROUP BY series, window_begin, window_end, accepted
)
SELECT
    series.1, series.2, series.3, begin, window_end,
    state, error_class, failures, max(sent), max(newest), max(reach)
FROM attempts
WHERE begin < window_end
GROUP BY series, begin, window_end, state, error_class, failures
ORDER BY series, begin, max(newest) DESC
