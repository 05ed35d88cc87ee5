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

{{/* The entries that planning an account and granularity may need. */}}
{{define "planned" -}}
account = {account:String}
            AND granularity = {granularity:String}
            AND window_begin < {to:DateTime('UTC')}
            AND window_end > {from:DateTime('UTC')}
            AND ({granularity:String} = 'hourly' OR time_zone = {zone:String})
{{- end}}

{{/* Up to when the buckets of an answer were final when it was requested. The data is the zone's name. In a zone off
the full hour, such as UTC+5:30, the hour that contains midnight belongs to the day before. */}}
{{define "final_before" -}}
if(
                {granularity:String} = 'hourly',
                toStartOfHour({{template "final_day" .}} + toIntervalSecond(3599)),
                {{template "final_day" .}})
{{- end}}
{{define "final_day" -}}
toTimeZone(toDateTime(toStartOfDay(sent_at - toIntervalSecond({finality:UInt32}), {{quote .}})), 'UTC')
{{- end}}
