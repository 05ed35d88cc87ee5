-- Compares TotalValue, MaxValue and the number of points of an answer with the values of its window, once with the
-- current ones and once with those from when the answer came. It passes if either agrees. Example: an answer gave a
-- total of 100, and a later request restated one hour from 5 to 7. Now 102 is stored, but then it was 100.
--
-- Sums do not notice that two hours have changed places. So it also compares the checksum of the answer, with the
-- values from when it came. A value may come back, say 5, 7, 5: then the current values would hide that the first 5
-- has been changed. So they count only where another load of the same series ran at the same time, since history may
-- lack what one of the two saw.
--
-- Only answers that last confirmed some value are compared, and by their checksum also those that wrote a value which
-- history keeps though a later one replaced it.
WITH
    confirmed AS
    (
        SELECT {{template "names"}}, version
        FROM {{template "chosen_facts"}}
    ),
    replaced AS
    (
        SELECT {{template "names"}}, version
        FROM
        (
            SELECT
                {{template "names"}}, version,
                leadInFrame(version, 1, 0) OVER
                    (PARTITION BY {{template "names"}}, bucket ORDER BY version
                     ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next
            FROM history FINAL
            WHERE {{template "chosen"}}
                AND {{template "in_range"}}
                AND {{template "present_zone"}}
        )
        WHERE next > 0
    ),
    -- The runs that overlapped another one which has rows of the same series.
    contests AS
    (
        SELECT {{template "names"}}, run.1 AS run_id
        FROM
        (
            SELECT {{template "names"}}, groupArray((run_id, spans)) AS runs, arrayJoin(runs) AS run
            FROM
            (
                SELECT DISTINCT {{template "names"}}, run_id FROM ledger WHERE state = 'accepted'
                UNION DISTINCT
                SELECT DISTINCT {{template "names"}}, run_id FROM history WHERE {{template "in_range"}}
                UNION DISTINCT
                SELECT DISTINCT {{template "names"}}, run_id FROM facts WHERE {{template "in_range"}}
            ) AS l
            INNER JOIN
            (
                SELECT run_id, {{template "spans_of_run"}} AS spans
                FROM run_states FINAL
                WHERE run_id IN {{template "overlapping"}}
            ) AS r USING (run_id)
            GROUP BY {{template "names"}}
        )
        WHERE arrayExists(
            r -> r.1 != run.1 AND arrayExists((a, b) -> a.2 <= b.3 AND b.2 <= a.3, r.2, run.2),
            runs)
    ),
    windows AS
    (
        SELECT
            {{template "names"}}, window_begin, window_end,
            version AS sent,
            run_id, checksum,
            ({{template "names"}}, version) IN confirmed AS newest,
            ({{template "names"}}, run_id) IN contests AS contested,
            (api_total, api_max, points, reported, dropped, reason) AS answer
        FROM ledger FINAL
        WHERE {{template "touching_answer"}}
            AND {{template "present_zone"}}
            AND (newest OR checksum IS NOT NULL AND ({{template "names"}}, version) IN replaced)
    ),
    -- All values of each chunk: (bucket, since, until, bytes, current, present, hash).
    chunks AS
    (
        SELECT
            {{template "names"}},
            toUInt32(intDiv(toUnixTimestamp(bucket), {{template "chunk_length"}})) AS chunk,
            groupArray((bucket, since, until, bytes, current, present, hash)) AS spans
        FROM {{template "spans"}}
        GROUP BY {{template "names"}}, chunk
    ),
    figures AS
    (
        SELECT
            {{template "names"}}, window_begin, window_end, sent,
            any(w.newest) AS newest,
            any(w.run_id) AS run_id,
            any(w.checksum) AS checksum,
            any(w.contested) AS contested,
            any(w.answer) AS answer,
            sum(arraySum(s -> if({{template "now"}}, toInt128(s.4), 0), c.spans)) AS total_now,
            sum(arraySum(s -> if({{template "then"}}, toInt128(s.4), 0), c.spans)) AS total_then,
            max(arrayMax(arrayMap(s -> if({{template "now"}}, s.4, 0), c.spans))) AS max_now,
            max(arrayMax(arrayMap(s -> if({{template "then"}}, s.4, 0), c.spans))) AS max_then,
            sum(arrayCount(s -> {{template "now"}} AND s.6, c.spans)) AS reported_now,
            sum(arrayCount(s -> {{template "then"}} AND s.6, c.spans)) AS reported_then,
            sum(arraySum(s -> if({{template "now"}}, s.7, 0), c.spans)) AS hash_now,
            sum(arraySum(s -> if({{template "then"}}, s.7, 0), c.spans)) AS hash_then
        FROM
        (
            SELECT
                *,
                {{template "chunks" "window_"}} AS chunk
            FROM windows
        ) AS w
        INNER JOIN chunks AS c USING ({{template "names"}}, chunk)
        GROUP BY {{template "names"}}, window_begin, window_end, sent
    )
SELECT
    {{template "names"}},
    window_begin AS begin,
    window_end AS ended,
    figure.1 AS compared,
    multiIf(
        figure.2 IS NULL, 'skipped',
        abs(figure.2 - figure.3) <= figure.5 AND (figure.1 != {{template "checksums"}} OR contested), 'passed',
        abs(figure.2 - figure.4) <= figure.5, 'passed',
        figure.1 = {{template "checksums"}} AND run_id IN {{template "underway"}}, 'pending',
        figure.1 = {{template "checksums"}} AND contested, 'skipped',
        'failed') AS verdict,
    CAST(if(figure.2 IS NULL, NULL, figure.3) AS Nullable(Int128)) AS lhs,
    CAST(round(figure.2) AS Nullable(Int128)) AS rhs,
    multiIf(
        figure.1 = {{template "checksums"}} AND figure.2 IS NULL, 'the ledger has no checksum of the answer',
        figure.2 IS NULL, 'the API gave none, or it counts points outside of the window',
        verdict = 'pending', 'their load is under way',
        verdict = 'skipped', 'two loads at the same time, and history may lack what one of them saw',
        figure.1 = {{template "checksums"}} AND verdict = 'failed', {exchanged:String},
        verdict = 'failed' AND answer.6 != '',
        concat('the answer was accepted though it did not agree with itself', {{template "again"}}),
        verdict = 'failed' AND {{.Drift}} != '', {{.Drift}},
        verdict = 'failed', concat('they do not agree', {{template "again"}}),
        abs(figure.2 - figure.3) > figure.5, 'a later restatement explains the difference',
        '') AS words,
    1 AS n
FROM
(
    -- (name of the comparison, the API's figure, the stored figure, the stored figure of then, tolerance)
    SELECT
        *,
        arrayJoin(arrayFilter(f -> newest OR f.1 = {{template "checksums"}}, [
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
            ),
            (
                {{template "checksums"}},
                if(checksum IS NULL, NULL, 0.),
                toFloat64(coalesce(hash_now != checksum, false)),
                toFloat64(coalesce(hash_then != checksum, false)),
                0.
            )
        ])) AS figure
    FROM figures
)

{{define "checksums"}}'answers with another checksum = 0'{{end}}

{{define "now"}}s.1 >= window_begin AND s.1 < window_end AND s.5{{end}}
{{define "then"}}s.1 >= window_begin AND s.1 < window_end AND s.2 <= sent AND s.3 > sent{{end}}

{{/* Every value that each bucket has had. It held from the version since on, and before the version until. The current
value is the one in facts. A bucket without traffic has a row with present = false. */}}
{{define "spans" -}}
(
    SELECT
        *,
        leadInFrame(since, 1, 18446744073709551615) OVER
            (PARTITION BY {{template "names"}}, bucket ORDER BY since, current
             ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS until
    FROM
    (
        SELECT {{template "names"}}, bucket, bytes, reported AS present, version AS since, false AS current,
            {{template "hash"}} AS hash
        FROM history FINAL
        WHERE {{template "chosen"}}
            AND {{template "present_zone"}}
            AND {{template "near"}}
        UNION ALL
        SELECT {{template "names"}}, bucket, bytes, reported, version, true,
            {{template "hash"}}
        FROM facts FINAL
        WHERE {{template "chosen"}}
            AND {{template "present_zone"}}
            AND {{template "near"}}
    )
)
{{- end}}

{{/* The buckets of all windows that touch the range. Such a window may reach beyond it. */}}
{{define "near"}}bucket >= {near_from:DateTime('UTC')} AND bucket < {near_to:DateTime('UTC')}{{end}}
