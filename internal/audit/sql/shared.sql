{{define "names"}}account, granularity, access_region, gateway_type, traffic_type{{end}}

{{/* The names of a verdict about no particular series. */}}
{{define "no_names" -}}
'' AS account, '' AS granularity, '' AS access_region, '' AS gateway_type, '' AS traffic_type
{{- end}}

{{define "as_final" -}}
'all are final; if the API restated some between two answers, mnaflow backfill --force brings them together'
{{- end}}

{{define "account_zones" -}}
(SELECT account, argMax(time_zone, written_at) AS time_zone FROM series GROUP BY account)
{{- end}}

{{/* The days of each account in its present time zone. */}}
{{define "account_days" -}}
(
    SELECT account, time_zone, day, day_begin, day_end
    FROM (SELECT time_zone, day, day_begin, day_end FROM days FINAL) AS d
    INNER JOIN {{template "account_zones"}} AS z USING (time_zone)
)
{{- end}}

{{define "in_range"}}bucket >= {from:DateTime('UTC')} AND bucket < {to:DateTime('UTC')}{{end}}
{{define "touches_range"}}window_begin < {to:DateTime('UTC')} AND window_end > {from:DateTime('UTC')}{{end}}

{{/* The accepted answers that touch the range. Their versions (see reach.sql) say nothing more, but by them the server
skips most of the ledger, of which each year of a verification reads its part. */}}
{{define "touching_answer" -}}
state = 'accepted'
            AND version BETWEEN {oldest:UInt64} AND {newest:UInt64}
            AND {{template "touches_range"}}
{{- end}}

{{/* Hours, and the days of the account's present time zone. Days requested in another zone count as absent, here as in
the views. */}}
{{define "present_zone" -}}
(granularity = 'hourly' OR (account, time_zone) IN {{template "account_zones"}})
{{- end}}

{{/* The values of each dimension that the verification selects; an empty list selects all. */}}
{{define "chosen_account"}}(empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account)){{end}}
{{define "chosen_granularity" -}}
(empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
{{- end}}
{{define "chosen_region"}}(empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region)){{end}}
{{define "chosen_gateway"}}(empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type)){{end}}
{{define "chosen_type"}}(empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type)){{end}}

{{define "chosen" -}}
{{template "chosen_account"}}
    AND {{template "chosen_granularity"}}
    AND {{template "chosen_region"}}
    AND {{template "chosen_gateway"}}
    AND {{template "chosen_type"}}
{{- end}}
{{/* The series that the configuration at hand asks for, and of accounts that it does not name, those of the last
run. */}}
{{define "wanted" -}}
if(
        has({wanted_accounts:Array(String)}, account),
        has({wanted_granularities:Array(String)}, granularity)
            AND has({wanted_regions:Array(String)}, access_region)
            AND has({wanted_gateways:Array(String)}, gateway_type)
            AND has({wanted_types:Array(String)}, traffic_type),
        configured)
{{- end}}
{{define "chosen_directions" -}}
{{template "chosen_account"}}
    AND {{template "chosen_granularity"}}
    AND {{template "chosen_region"}}
    AND {{template "chosen_gateway"}}
{{- end}}
{{define "chosen_regions" -}}
{{template "chosen_account"}}
    AND {{template "chosen_granularity"}}
    AND {{template "chosen_gateway"}}
    AND {{template "chosen_type"}}
{{- end}}
{{define "chosen_days" -}}
{{template "chosen_account"}}
    AND {{template "chosen_region"}}
    AND {{template "chosen_gateway"}}
    AND {{template "chosen_type"}}
{{- end}}

{{define "chosen_facts" -}}
(
    SELECT *
    FROM facts FINAL
    WHERE {{template "chosen"}}
        AND {{template "in_range"}}
        AND {{template "present_zone"}}
)
{{- end}}

{{/* Windows and buckets are joined by chunk: a day, or 32 days for daily buckets. A join by series alone would pair
every window with every bucket. */}}
{{define "chunk_length"}}if(granularity = 'hourly', 86400, 2764800){{end}}
{{/* One row for each chunk that a window touches. The argument is what comes before the names of its columns: window_
for window_begin and window_end, nothing for begin and end. */}}
{{define "chunks" -}}
toUInt32(arrayJoin(range(
                intDiv(toUnixTimestamp({{.}}begin), {{template "chunk_length"}}),
                intDiv(toUnixTimestamp({{.}}end) - 1, {{template "chunk_length"}}) + 1)))
{{- end}}

{{/* What the checksum of an answer sums up for each bucket; load/checksum.go computes the same. */}}
{{define "hash" -}}
xxHash64(bitOr(bitShiftLeft(toUInt128(bytes), 64), toUInt128(toUnixTimestamp(bucket)) * 2 + reported))
{{- end}}

{{define "underway"}}(SELECT run_id FROM mnaflow.runs WHERE state = 'running'){{end}}

{{/* The runs that overlapped another run. Runs that were made up, since theirs were gone (see advice.sql), say nothing
of when they loaded. */}}
{{define "overlapping" -}}
(
    SELECT run_id
    FROM
    (
        SELECT run_id, span.2 AS began, span.3 AS ended,
            max(ended) OVER
                (PARTITION BY span.1 ORDER BY began, run_id
                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS others_ended,
            leadInFrame(began, 1, {{template "never"}}) OVER
                (PARTITION BY span.1 ORDER BY began, run_id
                 ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_began
        FROM
        (
            SELECT run_id, arrayJoin({{template "spans_of_run"}}) AS span
            FROM run_states FINAL
            WHERE command != 'remade'
        )
    )
    WHERE began <= others_ended OR next_began <= ended
)
{{- end}}

{{/* When a run began and ended, by the clock of its program and by that of the warehouse. Two programs may have
different clocks, but a state may reach the warehouse long after it was written. So two runs overlapped if they did by
either clock. A run without an end still runs. One that has been silent for ten minutes may have written for as long
after its last sign of life. */}}
{{define "spans_of_run" -}}
[
    (
        'program',
        toDateTime64(started_at, 6),
        multiIf(
            state != 'running', toDateTime64(coalesce(finished_at, written_at), 6),
            beat_at < now64(6) - toIntervalMinute(10), written_at + toIntervalMinute(10),
            {{template "never"}})
    ),
    (
        'warehouse',
        beat_at - toIntervalMicrosecond(greatest(0, dateDiff('microsecond', toDateTime64(started_at, 6), written_at))),
        multiIf(
            state != 'running', beat_at,
            beat_at < now64(6) - toIntervalMinute(10), beat_at + toIntervalMinute(10),
            {{template "never"}})
    )
]
{{- end}}

{{/* When a run ends that has no end. */}}
{{define "never"}}toDateTime64('2299-12-31 00:00:00', 6, 'UTC'){{end}}

{{/* The window of an entry is as wide as the buckets that it counts. Clocks that change make days an hour or so longer
or shorter. */}}
{{define "consistent_window" -}}
(
        if(
            granularity = 'hourly',
            toInt64(toUnixTimestamp(window_end)) - toInt64(toUnixTimestamp(window_begin)) = 3600 * toInt64(buckets),
            abs(
                toInt64(toUnixTimestamp(window_end)) - toInt64(toUnixTimestamp(window_begin)) - 86400 * toInt64(buckets)
            ) < 43200
        )
    )
{{- end}}
