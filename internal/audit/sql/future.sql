-- Nothing in a table is newer than now. A clock that was ahead stamps what it stores with a version that counts as the
-- newest until then, and with a time after which nothing is asked for again. A minute is for clocks that drift, ten are
-- for those of two machines. What this machine's clock has reached is not ahead: then the warehouse's is behind.
SELECT
    {{template "no_names"}},
    if(found = 0, toDateTime(0, 'UTC'), first) AS begin,
    if(found = 0, now('UTC'), last) AS ended,
    'rows of {{.Table}} from the future = 0' AS compared,
    if(ahead = 0, 'passed', 'failed') AS verdict,
    toInt128(if(verdict = 'passed', 0, found)) AS lhs,
    toInt128(0) AS rhs,
    if(verdict = 'passed', '', concat(
        'a clock was ahead, up to ', toString(newest), ' UTC; remove what it dated: ', {{quote .Statement}},
        '; and load it anew: mnaflow backfill --from ', formatDateTime(first, '%FT%TZ', 'UTC'),
        ' --to ', formatDateTime(last, '%FT%TZ', 'UTC'), ' --force')) AS words,
    found AS n
FROM
(
    SELECT
        count() AS found,
        countIf(version > {{.Now}}
            OR {{.Time}} > fromUnixTimestamp64Milli({checked_at:Int64}, 'UTC') + toIntervalMinute(10)) AS ahead,
        min({{.Begin}}) AS first,
        max({{.End}}) AS last,
        max(greatest(toDateTime({{.Time}}, 'UTC'), toDateTime(intDiv(version, 1000000), 'UTC'))) AS newest
    FROM {{.Table}}
    WHERE {{.Condition}}
)
