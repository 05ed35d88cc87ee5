-- Skips a comparison if the configuration does not extract the whole or one of the parts.
SELECT
    {{.Others}}, '' AS {{.Dimension}},
    greatest(min(expected_from), {from:DateTime('UTC')}) AS begin,
    least(now('UTC'), {to:DateTime('UTC')}) AS ended,
    {{quote .Compared}} AS compared,
    'skipped' AS verdict,
    CAST(NULL AS Nullable(Int128)) AS lhs,
    CAST(NULL AS Nullable(Int128)) AS rhs,
    arrayFilter(
        v -> NOT has(groupUniqArrayIf(part, configured), v),
        arrayConcat({{.Names}}, [{{quote .Whole}}])) AS lacking,
    concat('the configuration does not extract ', arrayStringConcat(lacking, ', ')) AS words,
    0 AS n
FROM
(
    SELECT * EXCEPT {{.Dimension}}, toString({{.Dimension}}) AS part
    FROM series FINAL
    WHERE {{.Chosen}}
)
GROUP BY {{.Others}}
HAVING uniqExactIf(part, configured) < {{.Count}}
