{{/* The rows of one series. */}}
{{define "series" -}}
account = {account:String} AND granularity = {granularity:String} AND access_region = {region:String}
        AND gateway_type = {gateway:String} AND traffic_type = {traffic:String}
{{- end}}

{{/* Hours, and days of the account's zone: those of another zone are other days. */}}
{{define "zone"}}(granularity = 'hourly' OR time_zone = {zone:String}){{end}}

{{/* The selected values of each dimension; an empty list selects all. */}}
{{define "chosen" -}}
(empty({accounts:Array(String)}) OR has({accounts:Array(String)}, account))
    AND (empty({granularities:Array(String)}) OR has({granularities:Array(String)}, granularity))
    AND (empty({regions:Array(String)}) OR has({regions:Array(String)}, access_region))
    AND (empty({gateways:Array(String)}) OR has({gateways:Array(String)}, gateway_type))
    AND (empty({types:Array(String)}) OR has({types:Array(String)}, traffic_type))
{{- end}}
