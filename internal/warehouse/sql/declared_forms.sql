SELECT declared.1, formatQuerySingleLine(declared.2)
FROM
(
    SELECT arrayJoin([{{range $i, $v := .}}{{if $i}},
        {{end}}({{quote $v.Name}}, {{quote $v.Statement}}){{end}}]) AS declared
)
