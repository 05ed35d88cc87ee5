-- One result that Go has found. A row of each has its own key, or one would replace the other.
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
