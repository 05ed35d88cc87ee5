-- It compares the API's own figures of each answer that last confirmed something stored with what is stored of its
-- window. Where they differ, what was stored when the answer came decides: then the window was restated later.
WITH
    confirmed AS
    (
        SELECT {{template "names"}}, version
        FROM {{template "chosen_facts"}}
    ),
    windows AS
    (
        SELECT
            {{template "names"}}, window_begin, window_end,
            max(version) AS sent,
            argMax((api_total, api_max, points, reported, dropped, reason), version) AS answer
        FROM ledger FINAL
        WHERE state = 'accepted'
            AND {{template "present_zone"}}
            AND ({{template "names"}}, version) IN confirmed
        GROUP BY {{template "names"}}, window_begin, window_end
    ),
    -- The values of each chunk: (bucket, since, until, bytes, current, present).
    chunks AS
    (
        SELECT
            {{template "names"}},
            toUInt32(intDiv(toUnixTimestamp(bucket), {{template "chunk_length"}})) AS chunk,
            groupArray((bucket, since, until, bytes, current, present)) AS spans
        FROM {{template "spans"}}
        GROUP BY {{template "names"}}, chunk
    ),
    figures AS
    (
        SELECT
            {{template "names"}}, window_begin, window_end,
            any(w.answer) AS answer,
            sum(arraySum(s -> if({{template "now"}}, toInt128(s.4), 0), c.spans)) AS total_now,
            sum(arraySum(s -> if({{template "then"}}, toInt128(s.4), 0), c.spans)) AS total_then,
            max(arrayMax(arrayMap(s -> if({{template "now"}}, s.4, 0), c.spans))) AS max_now,
            max(arrayMax(arrayMap(s -> if({{template "then"}}, s.4, 0), c.spans))) AS max_then,
            sum(arrayCount(s -> {{template "now"}} AND s.6, c.spans)) AS reported_now,
            sum(arrayCount(s -> {{template "then"}} AND s.6, c.spans)) AS reported_then
        FROM
        (
            SELECT
                *,
                {{template "chunk_length"}} AS length,
                intDiv(toUnixTimestamp(window_begin), length) AS first_chunk,
                intDiv(toUnixTimestamp(window_end) - 1, length) AS last_chunk,
                toUInt32(arrayJoin(range(first_chunk, last_chunk + 1))) AS chunk
            FROM windows
        ) AS w
        INNER JOIN chunks AS c USING ({{template "names"}}, chunk)
        GROUP BY {{template "names"}}, window_begin, window_end
    )
SELECT
    {{template "names"}},
    window_begin AS begin,
    window_end AS ended,
    figure.1 AS compared,
    multiIf(
        figure.2 IS NULL, 'skipped',
        abs(figure.2 - figure.3) <= figure.5, 'passed',
        abs(figure.2 - figure.4) <= figure.5, 'passed',
        'failed') AS verdict,
    CAST(if(figure.2 IS NULL, NULL, figure.3) AS Nullable(Int128)) AS lhs,
    CAST(round(figure.2) AS Nullable(Int128)) AS rhs,
    multiIf(
        figure.2 IS NULL, 'the API gave none, or it counts points outside of the window',
        verdict = 'failed' AND answer.6 != '', 'the answer was accepted though it did not agree with itself',
        verdict = 'failed', {{.Drift}},
        abs(figure.2 - figure.3) > figure.5, 'a later restatement explains the difference',
        '') AS words,
    1 AS n
FROM
(
    -- (what is compared, the API's figure, what is stored, what was stored then, tolerance)
    SELECT
        *,
        arrayJoin([
            (
                'what is stored = TotalValue of the answer',
                if(answer.5 > 0, NULL, answer.1),
                toFloat64(total_now),
                toFloat64(total_then),
                greatest(toFloat64(answer.3), 1e-9 * toFloat64(total_then))
            ),
            (
                'the largest that is stored = MaxValue of the answer',
                if(answer.5 > 0, NULL, answer.2),
                toFloat64(max_now),
                toFloat64(max_then),
                greatest(1., 1e-9 * toFloat64(max_then))
            ),
            (
                'the buckets with a value = those of the answer',
                CAST(answer.4 AS Nullable(Float64)),
                toFloat64(reported_now),
                toFloat64(reported_then),
                0.
            )
        ]) AS figure
    FROM figures
)

{{define "now"}}s.1 >= window_begin AND s.1 < window_end AND s.5{{end}}
{{define "then"}}s.1 >= window_begin AND s.1 < window_end AND s.2 <= sent AND s.3 > sent{{end}}

{{/* Every value that each bucket has had, with the versions from which and before which it held. The current one stands
in facts. A bucket that answers left out has a row with present = false. */}}
{{define "spans" -}}
(
    SELECT
        *,
        leadInFrame(since, 1, 18446744073709551615) OVER
            (PARTITION BY {{template "names"}}, bucket ORDER BY since, current
             ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS until
    FROM
    (
        SELECT {{template "names"}}, bucket, bytes, reported AS present, version AS since, false AS current
        FROM history
        WHERE {{template "chosen"}}
            AND {{template "present_zone"}}
            AND {{template "near"}}
        UNION ALL
        SELECT {{template "names"}}, bucket, bytes, reported, version, true
        FROM facts FINAL
        WHERE {{template "chosen"}}
            AND {{template "present_zone"}}
            AND {{template "near"}}
    )
)
{{- end}}

{{/* Windows reach beyond the range; nothing further away than they reach is read. */}}
{{define "near" -}}
bucket >= (SELECT min(window_begin) FROM {{template "touching"}})
            AND bucket < (SELECT max(window_end) FROM {{template "touching"}})
{{- end}}
{{define "touching" -}}
(
    SELECT window_begin, window_end
    FROM ledger
    WHERE state = 'accepted' AND window_begin < {to:DateTime('UTC')} AND window_end > {from:DateTime('UTC')}
)
{{- end}}
