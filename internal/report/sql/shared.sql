{{/* The rows of the one series. */}}
{{define "series" -}}
account = {account:String} AND granularity = {granularity:String} AND access_region = {region:String}
        AND gateway_type = {gateway:String} AND traffic_type = {traffic:String}
{{- end}}

{{/* Days that were asked for in another zone are other days. */}}
{{define "zone"}}(granularity = 'hourly' OR time_zone = {zone:String}){{end}}
