-- Compares the sum of the parts with the whole, bucket by bucket.
SELECT
    {{.Others}}, '' AS {{.Dimension}},
    bucket AS begin,
    toDateTime(0, 'UTC') AS ended,
    {{quote .Compared}} AS compared,
    multiIf(
        rows < {{.Count}}, 'skipped',
        abs(together - whole) <= tolerance, 'passed',
        final, 'failed',
        'pending') AS verdict,
    if(rows < {{.Count}}, NULL, together) AS lhs,
    if(rows < {{.Count}}, NULL, whole) AS rhs,
    multiIf(
        verdict = 'passed', '',
        verdict = 'skipped', 'not all parts are loaded',
        verdict = 'pending', 'not all parts are final, and values may still move',
        {{.DriftOfSum}} != '', {{.DriftOfSum}},
        {{.DriftOfPart}} != '', {{.DriftOfPart}},
        {{template "as_final"}}) AS words,
    1 AS n
FROM
(
    SELECT
        {{.Others}}, bucket,
        {{.Parts}} AS parts,
        arraySum(parts) AS together,
        sumIf(toInt128(bytes), {{.Dimension}} = {{quote .Whole}}) AS whole,
        count() AS rows,
        min(is_final) AS final,
        -- Values with a fraction were rounded to the byte, each of them; above 2^53 the API's floats skip numbers.
        if(account IN (SELECT account FROM ledger WHERE rounded > 0), {{.Count}}, 0)
            + if(whole > 9007199254740992, intDiv(whole, 1000000000), 0) AS tolerance
    FROM facts FINAL
    WHERE {{.Chosen}}
        AND {{template "in_range"}}
        AND {{template "present_zone"}}
        AND ({{.Others}}) IN
        (
            SELECT {{.Others}}
            FROM series FINAL
            WHERE configured
            GROUP BY {{.Others}}
            HAVING uniqExact({{.Dimension}}) = {{.Count}}
        )
    GROUP BY {{.Others}}, bucket
)
