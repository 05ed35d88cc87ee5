{{define "names"}}account, granularity, access_region, gateway_type, traffic_type{{end}}

{{/* The rows of one series. */}}
{{define "one_series" -}}
account = {{quote .Account}} AND granularity = {{quote .Granularity}} AND access_region = {{quote .Region}}
        AND gateway_type = {{quote .Gateway}} AND traffic_type = {{quote .Traffic}}
{{- end}}

{{/* The buckets of windows of series. */}}
{{define "windows" -}}
{{range $i, $w := .}}{{if $i}}
    OR {{end}}({{template "one_series" $w.Series}}
        AND bucket >= {{instant $w.Window.Begin}} AND bucket < {{instant $w.Window.End}}){{end}}
{{- end}}
