{{/* What verify advises: words, and SQL that an operator may send as it stands, whatever his current database is and
however often: it inserts rows that replace others of the same key. Printed it stands on one line (see advice.go). No
literal in it holds a space, since a terminal may break the line there. A check writes {lost_entries:String}. */}}

{{define "again"}}': load them again with mnaflow backfill --force'{{end}}
{{define "in_names"}}(account, granularity, access_region, gateway_type, traffic_type, version){{end}}

{{/* The accepted answers, one row for each version. */}}
{{define "entries_by_version" -}}
INNER JOIN (
    SELECT account, granularity, access_region, gateway_type, traffic_type, version, any(time_zone) AS z,
        any(run_id) AS r, any(request_id) AS q, any(sent_at) AS t, any(final_before) AS b
    FROM mnaflow.ledger FINAL
    WHERE state = 'accepted'
    GROUP BY ALL
) AS l USING {{template "in_names"}}
WHERE (f.granularity = 'hourly' OR f.time_zone = l.z)
{{- end}}

{{define "origin_of_facts" -}}
take their request, run and time from the ledger:
INSERT INTO mnaflow.facts
SELECT f.* REPLACE (l.r AS run_id, l.q AS request_id, l.t AS extracted_at)
FROM mnaflow.facts AS f FINAL
{{template "entries_by_version"}}
    AND (f.run_id, f.request_id, f.extracted_at) != (l.r, l.q, l.t)
{{- end}}

{{define "origin_of_history" -}}
take their request, run and time from the ledger:
INSERT INTO mnaflow.history
SELECT f.* REPLACE (l.r AS run_id, l.q AS request_id, l.t AS observed_at)
FROM mnaflow.history AS f FINAL
{{template "entries_by_version"}}
    AND (f.run_id, f.request_id, f.observed_at) != (l.r, l.q, l.t)
{{- end}}

{{define "origin_of_ledger" -}}
the ledger lacks their request, run or time:
INSERT INTO mnaflow.ledger
SELECT l.* REPLACE (f.r AS run_id, f.q AS request_id, f.t AS sent_at)
FROM mnaflow.ledger AS l FINAL
INNER JOIN (
    SELECT account, granularity, access_region, gateway_type, traffic_type, version, max(run_id) AS r,
        max(request_id) AS q, min({{template "time" .Of}}) AS t
    FROM mnaflow.{{.Of}} FINAL
    GROUP BY ALL
) AS f USING {{template "in_names"}}
WHERE l.state = 'accepted' AND (l.run_id, l.request_id, l.sent_at) != (f.r, f.q, f.t)
{{- end}}

{{define "finality_of_facts" -}}
take it from the ledger:
INSERT INTO mnaflow.facts
SELECT f.* REPLACE (f.bucket < l.b AS is_final)
FROM mnaflow.facts AS f FINAL
{{template "entries_by_version"}}
    AND f.is_final != (f.bucket < l.b)
{{- end}}

{{define "remake_runs" -}}
no run has the run id of these rows: bring run_states back from a backup, or make up for the runs:
INSERT INTO mnaflow.run_states (run_id, command, state, exit_code, started_at, finished_at, reason, written_at)
SELECT run_id, 'remade', 'failed', 1, min(t), max(t), 'remade', now64(6)
FROM (
    SELECT run_id, sent_at AS t
    FROM mnaflow.ledger
    WHERE state = 'accepted'
    UNION ALL
    SELECT run_id, extracted_at
    FROM mnaflow.facts
    UNION ALL
    SELECT run_id, observed_at
    FROM mnaflow.history
)
WHERE run_id NOT IN (SELECT run_id FROM mnaflow.run_states)
GROUP BY run_id
{{- end}}

{{/* The runs did not do what their rows say, as far as the ledger knows. */}}
{{define "lost_entries" -}}
entries of the ledger are gone or have other windows: bring it back from a backup, or load what is missing and note
the loss in the runs:
INSERT INTO mnaflow.run_states
SELECT r.* REPLACE ('failed' AS state, 1 AS exit_code, l.n AS accepted,
    r.written_at + toIntervalMicrosecond(1) AS written_at)
FROM mnaflow.run_states AS r FINAL
LEFT JOIN (
    SELECT run_id, count() AS n
    FROM mnaflow.ledger FINAL
    WHERE state = 'accepted'
    GROUP BY run_id
) AS l USING run_id
WHERE r.state != 'running' AND r.accepted > l.n
    OR r.state IN ('done', 'partial', 'denied') AND run_id IN (
        SELECT h.run_id
        FROM mnaflow.history AS h FINAL
        LEFT JOIN (
            SELECT account, granularity, access_region, gateway_type, traffic_type, version, min(window_begin) AS b,
                max(window_end) AS e
            FROM mnaflow.ledger FINAL
            WHERE state = 'accepted'
            GROUP BY ALL
        ) AS l USING {{template "in_names"}}
        WHERE h.bucket < l.b OR h.bucket >= l.e
    )
{{- end}}

{{/* The load writes what is true now. History keeps what is wrong, so the answer of then can never agree again. */}}
{{define "exchanged" -}}
values were changed by something else than a load, here or in their history: load them again with
mnaflow backfill --force; then compare this answer no more:
INSERT INTO mnaflow.ledger
SELECT * REPLACE (NULL AS checksum)
FROM mnaflow.ledger FINAL
WHERE version <= {{.Clock}}
    AND (account, granularity, access_region, gateway_type, traffic_type, window_begin, window_end) IN (
        SELECT account, granularity, access_region, gateway_type, traffic_type, range_begin, range_end
        FROM mnaflow.check_results
        WHERE verify_id = '{{.Verify}}' AND state = 'failed' AND compared LIKE '%checksum%'
    )
{{- end}}

{{/* A run that ended by itself has counted what it wrote into the ledger. */}}
{{define "wrong_run_counts" -}}
the counts of runs, or entries of the ledger, were changed by something else than a load: bring them back from
a backup, or let the runs count what is there:
INSERT INTO mnaflow.run_states
WITH
    r.state IN ('done', 'partial', 'denied') AND r.accepted <= l.a AS b,
    greatest(r.requests, r.throttled + r.retries, if(r.command = 'remade', 0, l.t)) AS q
SELECT r.* REPLACE (
    if(b, l.a, r.accepted) AS accepted,
    if(b, l.f, r.failed) AS failed,
    if(b, l.u, r.unavailable) AS unavailable,
    if(b, l.w, r.rows) AS rows,
    if(b, l.p, r.reported) AS reported,
    if(b, l.c, r.revised) AS revised,
    if(b, l.d, r.retracted) AS retracted,
    q AS requests,
    r.written_at + toIntervalMicrosecond(1) AS written_at
)
FROM mnaflow.run_states AS r FINAL
LEFT JOIN (
    SELECT
        run_id,
        countIf(state = 'accepted') AS a,
        countIf(state = 'failed') AS f,
        countIf(state = 'unavailable') AS u,
        sumIf(buckets, state = 'accepted') AS w,
        sumIf(reported, state = 'accepted') AS p,
        sum(revised) AS c,
        sum(retracted) AS d,
        sumIf(attempts, state = 'accepted') AS t
    FROM mnaflow.ledger FINAL
    GROUP BY run_id
) AS l USING run_id
WHERE r.state != 'running' AND q != r.requests
    OR b AND (r.accepted, r.failed, r.unavailable, r.rows, r.reported, r.revised, r.retracted)
        != (l.a, l.f, l.u, l.w, l.p, l.c, l.d)
{{- end}}

{{define "wrong_run" -}}
the runs were changed by something else than a load: let them agree with themselves:
INSERT INTO mnaflow.run_states
WITH
    multiIf(
        r.exit_code = 0 AND r.failed = 0, 'done',
        r.exit_code IN (0, 3), 'partial',
        r.exit_code = 4, 'denied',
        r.exit_code = 130, 'interrupted',
        'failed') AS s,
    transform(s, ['done', 'partial', 'denied', 'interrupted'], [0, 3, 4, 130], if(r.exit_code = 5, 5, 1)) AS x
SELECT r.* REPLACE (
    s AS state,
    x AS exit_code,
    coalesce(r.finished_at, toDateTime64(r.written_at, 3)) AS finished_at,
    r.written_at + toIntervalMicrosecond(1) AS written_at
)
FROM mnaflow.run_states AS r FINAL
WHERE if(
    r.state = 'running',
    r.finished_at IS NOT NULL OR r.exit_code != 0,
    (r.state, r.exit_code) != (s, x) OR r.finished_at IS NULL)
{{- end}}

{{define "remove_hours" -}}
ALTER TABLE mnaflow.facts DELETE
WHERE granularity = 'hourly' AND toStartOfHour(bucket) != bucket
SETTINGS mutations_sync = 2;
ALTER TABLE mnaflow.history DELETE
WHERE granularity = 'hourly' AND toStartOfHour(bucket) != bucket
SETTINGS mutations_sync = 2
{{- end}}

{{define "remove_days" -}}
ALTER TABLE mnaflow.facts DELETE
WHERE granularity = 'daily' AND (time_zone, bucket) NOT IN (SELECT time_zone, day_begin FROM mnaflow.days)
SETTINGS mutations_sync = 2;
ALTER TABLE mnaflow.history DELETE
WHERE granularity = 'daily' AND (time_zone, bucket) NOT IN (SELECT time_zone, day_begin FROM mnaflow.days)
SETTINGS mutations_sync = 2
{{- end}}

{{define "wrong_state" -}}
the state was changed by something else than a load: load them again with mnaflow backfill --force; then
let the entries say what they are now:
INSERT INTO mnaflow.ledger
SELECT l.* REPLACE (
    if(l.state = 'accepted', l.checksum, NULL) AS checksum,
    multiIf(l.state = 'accepted', '', l.error_class = '', 'transient', l.error_class) AS error_class
)
FROM mnaflow.ledger AS l FINAL
WHERE if(l.state = 'accepted', l.error_class != '', l.error_class = '' OR l.checksum IS NOT NULL)
{{- end}}

{{define "wrong_times" -}}
take a time that fits:
INSERT INTO mnaflow.ledger
SELECT l.* REPLACE (
    multiIf(
        l.sent_at BETWEEN r.b AND r.e, l.sent_at,
        l.answered_at BETWEEN r.b AND r.e, l.answered_at,
        r.s) AS sent_at,
    multiIf(
        l.answered_at BETWEEN r.b AND r.e, l.answered_at,
        l.sent_at BETWEEN r.b AND r.e, l.sent_at,
        r.s) AS answered_at
)
FROM mnaflow.ledger AS l FINAL
INNER JOIN (
    SELECT run_id, started_at AS s, s - 86400 AS b,
        greatest(coalesce(finished_at, s), toDateTime64(written_at, 3)) + 86400 AS e
    FROM mnaflow.run_states FINAL
) AS r USING run_id
WHERE NOT l.answered_at BETWEEN r.b AND r.e
    OR NOT l.sent_at BETWEEN r.b AND r.e AND toUnixTimestamp64Milli(l.sent_at) != intDiv(l.version, 1000)
{{- end}}

{{/* Nobody knows which of the counts was right, so each goes as far as the others let it. */}}
{{define "wrong_counts" -}}
the counts were changed by something else than a load: let them fit each other:
INSERT INTO mnaflow.ledger
WITH
    l.state = 'accepted' AS s,
    if(s, least(l.reported, l.buckets), l.reported) AS p,
    if(s, greatest(l.points, p), l.points) AS q,
    if(s, least(l.dropped, q - p), l.dropped) AS d,
    if(s, least(l.rounded, p), l.rounded) AS r,
    if(s, least(l.floored, p), l.floored) AS o,
    if(s, least(l.revised, l.buckets), 0) AS c,
    if(s, least(l.retracted, c, l.buckets - p), 0) AS e,
    if(s, greatest(l.attempts, 1), l.attempts) AS t,
    multiIf(
        l.state = 'unavailable', 0,
        l.state = 'failed' AND l.error_class NOT IN ('', 'transient', 'throttled', 'denied'), greatest(l.failures, 1),
        l.failures) AS f
SELECT l.* REPLACE (
    p AS reported, q AS points, d AS dropped, r AS rounded, o AS floored, c AS revised, e AS retracted,
    t AS attempts, f AS failures
)
FROM mnaflow.ledger AS l FINAL
WHERE (l.reported, l.points, l.dropped, l.rounded, l.floored, l.revised, l.retracted, l.attempts, l.failures)
    != (p, q, d, r, o, c, e, t, f)
{{- end}}

{{define "wrong_order" -}}
the time was changed by something else than a load: take that of the request:
INSERT INTO mnaflow.ledger
SELECT l.* REPLACE (l.sent_at AS answered_at)
FROM mnaflow.ledger AS l FINAL
WHERE l.state = 'accepted' AND l.answered_at + 1800 < l.sent_at
{{- end}}

{{/* Rows after all that was ever answered in their series: no load replaces them before their time. */}}
{{define "remove_young" -}}
; what is younger than all answers was never requested: while nothing loads, remove it:
{{template "delete_young" "facts"}};
{{template "delete_young" "history"}}
{{- end}}

{{define "delete_young" -}}
ALTER TABLE mnaflow.{{.}} DELETE
WHERE (account, granularity, access_region, gateway_type, traffic_type, bucket) IN (
    SELECT account, granularity, access_region, gateway_type, traffic_type, bucket
    FROM mnaflow.{{.}} AS f
    INNER JOIN (
        SELECT account, granularity, access_region, gateway_type, traffic_type, max(window_end) AS e
        FROM mnaflow.ledger
        WHERE state = 'accepted'
        GROUP BY ALL
    ) AS l USING (account, granularity, access_region, gateway_type, traffic_type)
    WHERE f.bucket >= l.e
)
SETTINGS mutations_sync = 2
{{- end}}

{{/* What was asked for is known, but not what the vendor called it. */}}
{{define "lost_requests" -}}
the ids of these requests are gone: bring them back from a backup, or note that they are unknown:
INSERT INTO mnaflow.ledger
SELECT t.* REPLACE ('unknown' AS request_id)
FROM mnaflow.ledger AS t FINAL
WHERE t.state = 'accepted' AND t.request_id = '';
INSERT INTO mnaflow.facts
SELECT t.* REPLACE ('unknown' AS request_id)
FROM mnaflow.facts AS t FINAL
WHERE t.request_id = '';
INSERT INTO mnaflow.history
SELECT t.* REPLACE ('unknown' AS request_id)
FROM mnaflow.history AS t FINAL
WHERE t.request_id = ''
{{- end}}

{{define "days_by_zone" -}}
LEFT JOIN (
    SELECT time_zone, groupArray(day_begin) AS begins
    FROM mnaflow.days FINAL
    GROUP BY time_zone
) AS d USING time_zone
{{- end}}

{{/* An answer knows how many buckets it has, and its window began where it was asked for. */}}
{{define "wrong_window" -}}
the window was changed by something else than a load: let it end where its buckets do:
INSERT INTO mnaflow.ledger
SELECT l.* REPLACE (
    if(
        l.granularity = 'hourly' OR empty(d.begins),
        l.window_begin + l.buckets * if(l.granularity = 'hourly', 3600, 86400),
        arraySort(
            b -> abs(
                toInt64(toUnixTimestamp(b)) - toInt64(toUnixTimestamp(l.window_begin)) - 86400 * toInt64(l.buckets)),
            d.begins)[1]) AS window_end
)
FROM mnaflow.ledger AS l FINAL
{{template "days_by_zone"}}
WHERE l.state = 'accepted'
    AND abs(
        toInt64(toUnixTimestamp(l.window_end)) - toInt64(toUnixTimestamp(l.window_begin))
        - if(l.granularity = 'hourly', 3600, 86400) * toInt64(l.buckets)
    ) >= if(l.granularity = 'hourly', 1, 43200);
{{template "drop_replaced"}}
{{- end}}

{{/* Loads and views read the ledger without FINAL, since no load ever replaces an entry. So what replaces windows has
to be merged at once. */}}
{{define "drop_replaced"}}OPTIMIZE TABLE mnaflow.ledger FINAL{{end}}

{{/* It began as many buckets before. */}}
{{define "wrong_end" -}}
the window was changed by something else than a load: let it end before its request:
INSERT INTO mnaflow.ledger
WITH
    if(l.granularity = 'hourly', 3600, 86400) AS u,
    toInt64(toUnixTimestamp(l.window_end)) - toUnixTimestamp64Second(toDateTime64(l.sent_at, 0)) AS o,
    u * intDiv(o + u - 1, u) AS s
SELECT l.* REPLACE (
    if(
        l.granularity = 'hourly' OR empty(d.begins),
        l.window_begin - s,
        arraySort(
            b -> abs(toInt64(toUnixTimestamp(b)) - toInt64(toUnixTimestamp(l.window_begin)) + s), d.begins)[1]
    ) AS window_begin,
    if(
        l.granularity = 'hourly' OR empty(d.begins),
        l.window_end - s,
        arraySort(b -> abs(toInt64(toUnixTimestamp(b)) - toInt64(toUnixTimestamp(l.window_end)) + s), d.begins)[1]
    ) AS window_end
)
FROM mnaflow.ledger AS l FINAL
{{template "days_by_zone"}}
WHERE l.state = 'accepted'
    AND o > 0
    AND (account, granularity, access_region, gateway_type, traffic_type, l.window_begin) IN (
        SELECT account, granularity, access_region, gateway_type, traffic_type, range_begin
        FROM mnaflow.check_results
        WHERE verify_id = '{{.Verify}}' AND state = 'failed' AND compared LIKE '%had%come%'
    );
{{template "drop_replaced"}}
{{- end}}

{{define "wrong_finality" -}}
it was changed by something else than a load: load them again with mnaflow backfill --force; then compare it no more:
INSERT INTO mnaflow.ledger
SELECT l.* REPLACE (NULL AS final_before)
FROM mnaflow.ledger AS l FINAL
WHERE l.state = 'accepted' AND l.final_before > l.sent_at
{{- end}}

{{/* No answer of today says what the API answered then. */}}
{{define "lost_history" -}}
rows of history are gone: bring it back from a backup, or note the loss in the ledger:
INSERT INTO mnaflow.ledger
SELECT l.* REPLACE (toUInt32(least(l.revised, h.n)) AS revised, toUInt32(least(l.retracted, h.m)) AS retracted)
FROM mnaflow.ledger AS l FINAL
LEFT JOIN (
    SELECT account, granularity, access_region, gateway_type, traffic_type, c.1 AS version, count() AS n,
        countIf(NOT c.2) AS m
    FROM (
        SELECT account, granularity, access_region, gateway_type, traffic_type,
            arrayJoin(arraySlice(arraySort(groupUniqArray((version, reported))), 2)) AS c
        FROM mnaflow.history FINAL
        GROUP BY account, granularity, access_region, gateway_type, traffic_type, bucket,
            if(granularity = 'hourly', '', time_zone)
    )
    GROUP BY ALL
) AS h USING {{template "in_names"}}
WHERE l.state = 'accepted' AND (l.revised > h.n OR l.retracted > h.m)
{{- end}}

{{define "finality_of_history" -}}
take it from the answer before:
INSERT INTO mnaflow.history
SELECT h.* REPLACE ({{.Of}} AS was_final)
FROM mnaflow.history AS h FINAL
WHERE h.was_final != {{.Of}}
    AND (account, granularity, access_region, gateway_type, traffic_type, bucket, version) IN (
        SELECT account, granularity, access_region, gateway_type, traffic_type, range_begin,
            toUInt64(assumeNotNull(left_figure))
        FROM mnaflow.check_results
        WHERE verify_id = '{{.Verify}}' AND state = 'failed' AND compared LIKE '%final%history%'
    )
{{- end}}

{{define "origin_of_ledger_by_facts"}}{{template "origin_of_ledger" (.For "facts")}}{{end}}
{{define "origin_of_ledger_by_history"}}{{template "origin_of_ledger" (.For "history")}}{{end}}
{{define "history_was_final"}}{{template "finality_of_history" (.For "true")}}{{end}}
{{define "history_was_not_final"}}{{template "finality_of_history" (.For "false")}}{{end}}

{{define "wrong_limits" -}}
they were changed by something else than a load, or a clock was ahead: remove them, the next load finds them again:
ALTER TABLE mnaflow.limits DELETE
WHERE shortest_refused > 0 AND shortest_refused <= longest_answered
    OR greatest(learned_at, written_at) > now64(6) + toIntervalMinute(10)
SETTINGS mutations_sync = 2
{{- end}}

{{define "future_results" -}}
they were written by something else than verify, or a clock was ahead: remove them:
ALTER TABLE mnaflow.check_results DELETE
WHERE checked_at > now64(3) + toIntervalMinute(10)
SETTINGS mutations_sync = 2
{{- end}}
