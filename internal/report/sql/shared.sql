{{/* The rows of one series. */}}
{{define "series" -}}
account = {account:String} AND granularity = {granularity:String} AND access_region = {region:String}
        AND gateway_type = {gateway:String} AND traffic_type = {traffic:String}
{{- end}}

{{/* Hours, and days of the account's zone: those of another zone are other days. */}}
{{define "zone"}}(granularity = 'hourly' OR time_zone = {zone:String}){{end}}

{{/* The chosen values of each dimension; without a choice, the series of the last run's configuration. */}}
{{define "chosen" -}}
(
        empty({accounts:Array(String)}) AND configured
        OR has({accounts:Array(String)}, account)
            AND has({granularities:Array(String)}, granularity)
            AND has({regions:Array(String)}, access_region)
            AND has({gateways:Array(String)}, gateway_type)
            AND has({types:Array(String)}, traffic_type)
    )
{{- end}}
