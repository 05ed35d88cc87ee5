-- No row of a table is newer than now.
--
-- A clock that was ahead leaves such rows. Until their time comes, their version wins over every newer answer, and
-- they count as just requested, so no run requests them again. A version may be a minute ahead, for drift, and a time
-- ten minutes, for two machines. If this machine's clock has reached a time, the warehouse's clock is behind: no
-- failure.
--
-- The detail of a failure has statements that date the rows back. They delete nothing: the rows are true answers, and
-- the API may no longer keep those buckets. The statements move versions to just above the highest version that is not
-- ahead. They keep their order and distances, the same in each table. Where a clock jumped by more than a day between
-- two rows, a second remains of the jump. If the rows are still too far apart, they divide the distances by one
-- number. Example: the highest good version is 100, now is 200, and 900 and 950 are ahead; they become 101 and 151. A
-- time becomes that of its version. The statements may run twice. Facts move through a table of their own: within
-- facts, a merge would keep the old row, since its version is higher.
WITH
    {clock:UInt64} + 60000000 AS soon,
    (SELECT (count(), min(version), max(version)) FROM {{template "versions"}} WHERE version > soon) AS future,
    (SELECT max(version) FROM {{template "versions"}} WHERE version <= soon AND future.1 > 0) AS below,
    (
        SELECT (groupArray(version), groupArray(gap - 1000000))
        FROM
        (
            SELECT version, toUInt64(version - lagInFrame(version, 1, version) OVER (ORDER BY version)) AS gap
            FROM (SELECT DISTINCT version FROM {{template "versions"}} WHERE version > soon)
        )
        WHERE gap > 86400000000
    ) AS jumps,
    future.3 - future.2 - arraySum(jumps.2) AS width,
    if(below = 0, toUInt64({clock:UInt64} - width), below + 1) AS base,
    intDiv(width, greatest({clock:UInt64}, base + 1) - base) + 1 AS shrunk,
    if(empty(jumps.1), '', concat(' - arraySum((v, gap) -> if(t.version >= v, gap, 0), ', toString(jumps.1), ', ',
        toString(jumps.2), ')')) AS jumped,
    concat('version BETWEEN ', toString(future.2), ' AND ', toString(future.3)) AS moved,
    concat(
        {{if .Beside}}'CREATE TABLE IF NOT EXISTS {{.Beside}} AS {{.Qualified}} ENGINE = MergeTree ORDER BY tuple(); ',
        {{end}}'INSERT INTO {{or .Beside .Qualified}} SELECT * REPLACE (toUInt64(', toString(base),
        ' + intDiv(t.version - ', toString(future.2), jumped, ', ', toString(shrunk), ')) AS version) ',
        'FROM {{.Qualified}} AS t WHERE t.', moved,
        '; ALTER TABLE {{.Qualified}} DELETE WHERE ', moved, ' SETTINGS mutations_sync = 2'{{if .Beside}},
        '; INSERT INTO {{.Qualified}} SELECT * FROM {{.Beside}}; DROP TABLE {{.Beside}}'{{end}}
    ) AS move_versions,
    {{quote .MoveTimes}} AS move_times
SELECT
    {{template "no_names"}},
    if(found = 0, toDateTime(0, 'UTC'), first) AS begin,
    if(found = 0, now('UTC'), last) AS ended,
    'rows of {{.Table}} from the future = 0' AS compared,
    if(ahead = 0, 'passed', 'failed') AS verdict,
    toInt128(if(verdict = 'passed', 0, found)) AS lhs,
    toInt128(0) AS rhs,
    if(verdict = 'passed', '', concat(
        'a clock was ahead, up to ', toString(newest), ' UTC; while nothing loads, date back what it dated: ',
        arrayStringConcat(arrayConcat(if(versions > 0, [move_versions], []), if(times > 0, [move_times], [])), '; '),
        '; and load it anew: mnaflow backfill --from ', formatDateTime(first, '%FT%TZ', 'UTC'),
        ' --to ', formatDateTime(last, '%FT%TZ', 'UTC'), ' --force')) AS words,
    found AS n
FROM
(
    SELECT
        count() AS found,
        countIf(version > {{.Soon}}
            OR {{.Time}} > fromUnixTimestamp64Milli({checked_at:Int64}, 'UTC') + toIntervalMinute(10)) AS ahead,
        countIf(version > {{.Soon}}) AS versions,
        countIf({{.Time}} > now64(3) + toIntervalMinute(10)) AS times,
        min({{.Begin}}) AS first,
        max({{.End}}) AS last,
        max(greatest(toDateTime({{.Time}}, 'UTC'), toDateTime(intDiv(version, 1000000), 'UTC'))) AS newest
    FROM {{.Table}}
    WHERE {{.Condition}}
)

{{define "versions" -}}
(SELECT version FROM facts UNION ALL SELECT version FROM history UNION ALL SELECT version FROM ledger)
{{- end}}
