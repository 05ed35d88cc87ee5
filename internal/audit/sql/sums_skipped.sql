-- Skips a comparison if the configuration does not extract the whole or one of the parts. If it extracts none of them,
-- the words name what it lacks of the other dimensions: with the regions MC and EU, the directions of ALL are skipped
-- for want of ALL.
WITH
(
    SELECT groupUniqArrayArray([
        (account, account),
        (account, toString(granularity)),
        (account, toString(access_region)),
        (account, toString(gateway_type)),
        (account, toString(traffic_type))])
    FROM series FINAL
    WHERE configured
) AS extracted
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
    CAST(({{.Others}}) AS Tuple(String, String, String, String)) AS others,
    arrayFilter(v -> NOT has(extracted, (account, v)), [others.1, others.2, others.3, others.4]) AS lacking_others,
    if(NOT has(extracted, (account, account)), 'the configuration does not have the account',
        concat('the configuration does not extract ',
            arrayStringConcat(if(empty(lacking_others), lacking, lacking_others), ', '))) AS words,
    0 AS n
FROM
(
    SELECT * EXCEPT {{.Dimension}}, toString({{.Dimension}}) AS part
    FROM series FINAL
    WHERE {{.Chosen}}
)
GROUP BY {{.Others}}
HAVING uniqExactIf(part, configured) < {{.Count}}
