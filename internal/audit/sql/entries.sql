-- All rows of a series with one version come from one answer: they have the version of an accepted ledger entry whose
-- window contains them, and its origin: its request, its run and its time. Facts are final as that answer says.
--
-- A load writes history, facts and then their entry. So while a load runs, rows may lack an entry for a moment: they
-- are pending. After a load was killed facts lack it until a run loads them again: they fail, unless the API no
-- longer keeps them (unavailable), for then no run can load them again. History keeps what a killed load wrote, and
-- nobody minds.
SELECT
    {{template "names"}},
    first AS begin,
    if(verdict = 'failed', last + 1, toDateTime(0, 'UTC')) AS ended,
    compared,
    verdict,
    toInt128(n) AS lhs,
    if(verdict = 'passed', toInt128(n), 0) AS rhs,
    words,
    n
FROM
(
    SELECT
        *,
        f.run AS run_id,
        found AND first >= entry_begin AND last < entry_end AS entered,
        state = 'running' AS loading,
        state = 'lost' AS killed,
        state IN ('done', 'partial', 'denied') AS finished, -- it has written all that it began to write
        entered AND (granularity = 'hourly' OR f.zone = l.zone) AS comparable,
        -- Times in the future are those of future.sql.
        times = (l.time, l.time) OR greatest(times.2, l.time) > now64(3) + toIntervalMinute(10) AS same_time,
        requests = (l.request, l.request) AND runs = (l.run, l.run) AND same_time AS same_origin,
        (open_n = 0 OR first_open >= l.final_before) AND (final_n = 0 OR last_final < l.final_before) AS same_finality,
        runs.1 IN {{template "known"}} AND runs.2 IN {{template "known"}} AS known,
        {{template "ledger_is_wrong"}} AS ledger_is_wrong,
        -- (compared, verdict, words)
        arrayJoin(arrayFilter(c -> c.1 != '', [
            if(source = 'facts',
                (
                    'facts = facts of accepted answers',
                    multiIf(
                        entered, 'passed',
                        loading, 'pending',
                        first >= refused_begin AND last < refused_end AND killed, 'passed',
                        killed AND NOT c.configured, 'skipped',
                        'failed'),
                    multiIf(
                        entered OR first >= refused_begin AND last < refused_end AND killed, '',
                        loading, 'their load is under way',
                        killed AND NOT c.configured,
                        'their load was killed, and the configuration does not extract them any more',
                        killed,
                        concat('no answer that the ledger has covers them, since their load was killed: ',
                            'mnaflow run loads them again if they are due, else mnaflow backfill --force'),
                        accepted_end > toDateTime(0, 'UTC') AND last >= accepted_end,
                        concat('no answer that the ledger has covers them',
                            {{template "again"}}, {remove_young:String}),
                        concat('no answer that the ledger has covers them', {{template "again"}}))
                ),
                (
                    if(entered, '', 'history = history of accepted answers'),
                    multiIf(loading, 'pending', finished, 'failed', 'passed'),
                    multiIf(
                        loading, 'their load is under way',
                        finished, {lost_entries:String},
                        '')
                )),
            if(NOT comparable, ('', '', ''),
                (
                    concat('origin of ', source, ' = that of their answer'),
                    if(same_origin, 'passed', 'failed'),
                    multiIf(
                        same_origin, '',
                        ledger_is_wrong AND source = 'facts', {origin_of_ledger_by_facts:String},
                        ledger_is_wrong, {origin_of_ledger_by_history:String},
                        source = 'facts', {origin_of_facts:String},
                        {origin_of_history:String})
                )),
            (
                concat('runs of ', source, ' = runs that there are'),
                if(known, 'passed', 'failed'),
                if(known, '', {remake_runs:String})
            ),
            if(NOT comparable OR source != 'facts', ('', '', ''),
                (
                    'finality of facts = that of their answer',
                    multiIf(l.final_before IS NULL, 'skipped', same_finality, 'passed', 'failed'),
                    multiIf(
                        l.final_before IS NULL, 'the ledger does not say up to where the answer was final',
                        same_finality, '',
                        {finality_of_facts:String})
                ))
        ])) AS comparison,
        comparison.1 AS compared,
        comparison.2 AS verdict,
        comparison.3 AS words
    FROM
    (
        {{template "answered" "facts"}}
        UNION ALL
        {{template "answered" "history"}}
    ) AS f
    LEFT JOIN
    (
        SELECT
            {{template "names"}}, version,
            true AS found,
            min(window_begin) AS entry_begin,
            max(window_end) AS entry_end,
            any(time_zone) AS zone,
            any(run_id) AS run,
            any(request_id) AS request,
            any(sent_at) AS time,
            any(final_before) AS final_before
        FROM ledger FINAL
        WHERE {{template "touching_answer"}}
            AND {{template "chosen"}}
        GROUP BY {{template "names"}}, version
    ) AS l USING ({{template "names"}}, version)
    LEFT JOIN
    (
        SELECT
            {{template "names"}},
            minIf(window_begin, state = 'unavailable') AS refused_begin,
            maxIf(window_end, state = 'unavailable') AS refused_end,
            maxIf(window_end, state = 'accepted') AS accepted_end
        FROM ledger
        WHERE {{template "chosen"}}
        GROUP BY {{template "names"}}
        SETTINGS optimize_aggregation_in_order = 1 -- the ledger is sorted by these; else it takes twenty times as long
    ) AS r USING ({{template "names"}})
    LEFT JOIN (SELECT {{template "names"}}, configured FROM series FINAL) AS c USING ({{template "names"}})
    LEFT JOIN (SELECT run_id AS id, state FROM mnaflow.runs) AS of_run ON f.run = of_run.id
)

{{/* The rows of facts or history, summed up for each answer. */}}
{{define "answered" -}}
SELECT
            '{{.}}' AS source,
            {{template "names"}}, version,
            any(run_id) AS run,
            any(time_zone) AS zone,
            (min(request_id), max(request_id)) AS requests,
            (min(run_id), max(run_id)) AS runs,
            (min({{template "time" .}}), max({{template "time" .}})) AS times,
            min(bucket) AS first,
            max(bucket) AS last,
            minIf(bucket, NOT {{template "final" .}}) AS first_open,
            maxIf(bucket, {{template "final" .}}) AS last_final,
            countIf(NOT {{template "final" .}}) AS open_n,
            countIf({{template "final" .}}) AS final_n,
            count() AS n
        FROM {{.}} FINAL
        WHERE {{template "chosen"}}
            AND {{template "in_range"}}
            AND {{template "present_zone"}}
        GROUP BY {{template "names"}}, version
{{- end}}

{{define "time"}}{{if eq . "facts"}}extracted_at{{else}}observed_at{{end}}{{end}}
{{define "final"}}{{if eq . "facts"}}is_final{{else}}was_final{{end}}{{end}}

{{/* The ledger's request is blank, no run has its run, or its time is further from the version than that of the
rows. */}}
{{define "ledger_is_wrong" -}}
(l.request = '' AND requests.2 != ''
            OR l.run NOT IN {{template "known"}} AND runs.2 IN {{template "known"}}
            OR abs(toUnixTimestamp64Micro(toDateTime64(l.time, 6)) - toInt64(version))
                > abs(toUnixTimestamp64Micro(toDateTime64(times.1, 6)) - toInt64(version)) + 3600000000)
{{- end}}

{{define "known"}}(SELECT run_id FROM run_states){{end}}
