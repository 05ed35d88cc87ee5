-- It holds the API's own figures of each answer that something stored was last confirmed by against what is stored of its window.
-- Where that differs, what was stored when it was answered decides: then it was restated later. Windows and values meet in chunks of a day,
-- or of 32 days for daily buckets, so that neither is multiplied by the other.
WITH
    windows AS
    (
        SELECT account, granularity, access_region, gateway_type, traffic_type, window_begin, window_end, max(version) AS sent,
            argMax((api_total, api_max, points, reported, dropped, reason), version) AS answer
        FROM ledger FINAL
        WHERE state = 'accepted' AND {{template "present_zone"}} AND (account, granularity, access_region, gateway_type, traffic_type, version) IN
            (SELECT account, granularity, access_region, gateway_type, traffic_type, version FROM facts FINAL WHERE {{template "chosen"}} AND {{template "in_range"}} AND {{template "present_zone"}})
        GROUP BY account, granularity, access_region, gateway_type, traffic_type, window_begin, window_end
    ),
    figures AS
    (
        SELECT account, granularity, access_region, gateway_type, traffic_type, window_begin, window_end, any(w.answer) AS answer,
            sum(arraySum(s -> if(s.1 >= window_begin AND s.1 < window_end AND s.5, toInt128(s.4), 0), c.spans)) AS total_now,
            sum(arraySum(s -> if(s.1 >= window_begin AND s.1 < window_end AND s.2 <= sent AND s.3 > sent, toInt128(s.4), 0), c.spans)) AS total_then,
            max(arrayMax(arrayMap(s -> if(s.1 >= window_begin AND s.1 < window_end AND s.5, s.4, 0), c.spans))) AS max_now,
            max(arrayMax(arrayMap(s -> if(s.1 >= window_begin AND s.1 < window_end AND s.2 <= sent AND s.3 > sent, s.4, 0), c.spans))) AS max_then,
            sum(arrayCount(s -> s.1 >= window_begin AND s.1 < window_end AND s.5 AND s.6, c.spans)) AS reported_now,
            sum(arrayCount(s -> s.1 >= window_begin AND s.1 < window_end AND s.2 <= sent AND s.3 > sent AND s.6, c.spans)) AS reported_then
        FROM
        (
            SELECT *, if(granularity = 'hourly', 86400, 2764800) AS length,
                toUInt32(arrayJoin(range(intDiv(toUnixTimestamp(window_begin), length), intDiv(toUnixTimestamp(window_end) - 1, length) + 1))) AS chunk
            FROM windows
        ) AS w
        INNER JOIN
        (
            SELECT account, granularity, access_region, gateway_type, traffic_type,
                toUInt32(intDiv(toUnixTimestamp(bucket), if(granularity = 'hourly', 86400, 2764800))) AS chunk,
                groupArray((bucket, since, until, bytes, current, present)) AS spans
            FROM ({{template "spans"}})
            GROUP BY account, granularity, access_region, gateway_type, traffic_type, chunk
        ) AS c USING (account, granularity, access_region, gateway_type, traffic_type, chunk)
        GROUP BY account, granularity, access_region, gateway_type, traffic_type, window_begin, window_end
    )
SELECT account, granularity, access_region, gateway_type, traffic_type, window_begin AS begin, window_end AS ended, figure.1 AS compared,
    multiIf(figure.2 IS NULL, 'skipped', abs(figure.2 - figure.3) <= figure.5, 'passed', abs(figure.2 - figure.4) <= figure.5, 'passed', 'failed') AS verdict,
    CAST(if(figure.2 IS NULL, NULL, figure.3) AS Nullable(Int128)) AS lhs, CAST(round(figure.2) AS Nullable(Int128)) AS rhs,
    multiIf(figure.2 IS NULL, 'the API gave none, or it counts points outside of the window',
        verdict = 'failed', if(answer.6 = '', {{.Drift}}, 'the answer was accepted though it did not agree with itself'),
        abs(figure.2 - figure.3) > figure.5, 'a later restatement explains the difference', '') AS words,
    1 AS n
FROM
(
    SELECT *, arrayJoin([
        ('what is stored = TotalValue of the answer', if(answer.5 > 0, NULL, answer.1), toFloat64(total_now), toFloat64(total_then), greatest(toFloat64(answer.3), 1e-9 * toFloat64(total_then))),
        ('the largest that is stored = MaxValue of the answer', if(answer.5 > 0, NULL, answer.2), toFloat64(max_now), toFloat64(max_then), greatest(1., 1e-9 * toFloat64(max_then))),
        ('the buckets with a value = those of the answer', CAST(answer.4 AS Nullable(Float64)), toFloat64(reported_now), toFloat64(reported_then), 0.)
    ]) AS figure
    FROM figures
)

{{/* Every value that each bucket has had, with the versions from which and before which it held; the current one stands in facts.
A bucket that answers left out has a row with present = false. Windows reach beyond the range; no further than that is read. */}}
{{define "spans"}}
    SELECT *, leadInFrame(since, 1, 18446744073709551615) OVER
        (PARTITION BY account, granularity, access_region, gateway_type, traffic_type, bucket ORDER BY since, current ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS until
    FROM
    (
        SELECT account, granularity, access_region, gateway_type, traffic_type, bucket, bytes, reported AS present, version AS since, false AS current
        FROM history WHERE {{template "chosen"}} AND {{template "present_zone"}} AND {{template "near"}}
        UNION ALL
        SELECT account, granularity, access_region, gateway_type, traffic_type, bucket, bytes, reported, version, true
        FROM facts FINAL WHERE {{template "chosen"}} AND {{template "present_zone"}} AND {{template "near"}}
    ){{end}}

{{define "near"}}
            bucket >= (SELECT min(window_begin) FROM ledger WHERE state = 'accepted' AND window_begin < {to:DateTime('UTC')} AND window_end > {from:DateTime('UTC')})
            AND bucket < (SELECT max(window_end) FROM ledger WHERE state = 'accepted' AND window_begin < {to:DateTime('UTC')} AND window_end > {from:DateTime('UTC')}){{end}}
