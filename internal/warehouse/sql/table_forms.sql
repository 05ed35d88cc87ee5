SELECT false AS stored, declared.1 AS name, formatQuery(declared.2) AS form
FROM
(
    SELECT arrayJoin([{{range $i, $t := .}}{{if $i}},
        {{end}}({{quote $t.Name}}, {{quote $t.Statement}}){{end}}]) AS declared
)
UNION ALL
SELECT true, name, coalesce(formatQueryOrNull(create_table_query), '')
FROM system.tables
WHERE database = {database:String} AND engine LIKE '%MergeTree'
