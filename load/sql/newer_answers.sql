SELECT
    granularity, account, access_region, gateway_type, traffic_type,
    window_begin, window_end, run_id, request_id, sent_at, version
FROM ledger
WHERE state = 'accepted' AND
(
    {{range $i, $a := .}}{{if $i}}
    OR {{end}}({{template "one_series" $a.Series}}
        AND window_begin < {{instant $a.Window.End}} AND window_end > {{instant $a.Window.Begin}}
        AND version > {{$a.Sent.Version}}
        AND (granularity = 'hourly' OR time_zone = {{quote $a.Calendar.Zone}})){{end}}
)
ORDER BY version
