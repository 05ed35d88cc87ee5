-- One verdict that Go code reached. Each needs an account, begin or compared of its own: they are part of the key of
-- check_results, and of two rows with one key only the last stays.
SELECT
    {{quote .Account}} AS account, '' AS granularity, '' AS access_region, '' AS gateway_type, '' AS traffic_type,
    {{instant .Begin}} AS begin,
    {{if .End.IsZero}}now('UTC'){{else}}{{instant .End}}{{end}} AS ended,
    {{quote .Compared}} AS compared,
    {{quote .State}} AS verdict,
    CAST({{.Left}} AS Nullable(Int128)) AS lhs,
    CAST({{.Right}} AS Nullable(Int128)) AS rhs,
    {{quote .Words}} AS words,
    {{.N}} AS n
