-- Merges keep up with inserts: there are few parts, and few rows that a later version has replaced.
SELECT
    {{template "no_names"}},
    toDateTime(0, 'UTC') AS begin,
    now('UTC') AS ended,
    concat('active parts of a partition of ', table, ' < parts at which inserts are delayed') AS compared,
    if(lhs < rhs, 'passed', 'failed') AS verdict,
    toInt128(max(parts)) AS lhs,
    (SELECT toInt128(value) FROM system.merge_tree_settings WHERE name = 'parts_to_delay_insert') AS rhs,
    if(verdict = 'passed', '', {{template "behind"}}) AS words,
    count() AS n
FROM
(
    SELECT table, partition_id, count() AS parts
    FROM system.parts
    WHERE database = currentDatabase() AND active
    GROUP BY table, partition_id
)
GROUP BY table
UNION ALL
SELECT
    '', '', '', '', '',
    toDateTime(0, 'UTC'),
    now('UTC'),
    'rows of facts < 10 times its keys',
    if(lhs < 1000000 OR lhs < 10 * rhs, 'passed', 'failed') AS verdict,
    (SELECT toInt128(count()) FROM facts) AS lhs,
    (SELECT toInt128(count()) FROM facts FINAL) AS rhs,
    if(verdict = 'passed', '', {{template "behind"}}),
    toUInt64(rhs)

{{define "behind"}}'merges do not keep up: look at system.merges and system.part_log'{{end}}
