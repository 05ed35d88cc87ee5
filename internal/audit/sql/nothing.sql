-- Fails if no series is loaded: in empty tables nothing disagrees, so everything else would pass.
SELECT
    '' AS account, '' AS granularity, '' AS access_region, '' AS gateway_type, '' AS traffic_type,
    toDateTime(0, 'UTC') AS begin, now('UTC') AS ended,
    'loaded series > 0' AS compared, 'failed' AS verdict, toInt128(0) AS lhs, toInt128(0) AS rhs,
    'nothing has been loaded yet: mnaflow run' AS words, 0 AS n
WHERE (SELECT count() FROM series) = 0
