-- It reduces what an account's ledger has accepted of one granularity to islands: unbroken ranges that are final, for
-- each series, however many thousand passes made them. A series that has none yields one row without a range.
--
-- Each accepted window is cut where its buckets stop being final. Of the parts that begin at one moment the longest
-- contains the others. Hourly passes request a growing window until the day ends, so one in 24 is left to be sorted.
--
-- The zone's name is a constant of the statement, since ClickHouse takes no zone from a column.
WITH
    parts AS
    (
        SELECT
            (access_region, gateway_type, traffic_type) AS series,
            window_begin AS begin,
            max(least(window_end, if(
                {granularity:String} = 'hourly',
                toStartOfHour(toTimeZone(toDateTime(toStartOfDay(sent_at - toIntervalSecond({finality:UInt32}), 'Europe/Berlin')), 'UTC') + toIntervalSecond(3599)),
                toTimeZone(toDateTime(toStartOfDay(sent_at - toIntervalSecond({finality:UInt32}), 'Europe/Berlin')), 'UTC')))) AS end,
            max(sent_at) AS sent,
            max(version) AS newest,
            max(dateDiff('second', window_begin, sent_at)) AS reach
        FROM ledger
        WHERE state = 'accepted'
            AND account = {account:String}
            AND granularity = {granularity:String}
            AND window_begin < {to:DateTime('UTC')}
            AND window_end > {from:DateTime('UTC')}
            AND ({granularity:String} = 'hourly' OR time_zone = {zone:String})
        GROUP BY series, begin
    ),
    -- opens marks the first part of each island.
    marked AS
    (
        SELECT
            *,
            begin < end AS final,
            final AND begin > maxIf(end, final) OVER
                (PARTITION BY series ORDER BY begin ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS opens
        FROM parts
    )
SELECT
    series.1, series.2, series.3,
    minIf(begin, final) AS island_begin,
    maxIf(end, final) AS island_end,
    'accepted', '', toUInt16(0),
    max(sent), max(newest), max(reach)
FROM
(
    SELECT
        *,
        final * sum(opens) OVER
            (PARTITION BY series ORDER BY begin ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS island
    FROM marked
)
GROUP BY series, island
ORDER BY series, island_begin
