arrayFirst(w -> w != '', arrayMap(unit -> multiIf(
    least({{.A}}, {{.B}}) < 100 * {{.Parts}}, '',
    abs(toFloat64({{.A}}) - unit.1 * toFloat64({{.B}})) <= unit.1 * {{.Parts}} + 1e-6 * toFloat64({{.A}}),
    concat({{.NameA}}, ' is ', unit.2, ' ', {{.NameB}}, {{template "again"}}),
    abs(toFloat64({{.B}}) - unit.1 * toFloat64({{.A}})) <= unit.1 * {{.Parts}} + 1e-6 * toFloat64({{.B}}),
    concat({{.NameB}}, ' is ', unit.2, ' ', {{.NameA}}, {{template "again"}}),
    ''),
    [
        (8., '8 times (bits for bytes?)'),
        (1000., '1000 times'),
        (1000000., '1000² times'),
        (1000000000., '1000³ times'),
        (1000000000000., '1000⁴ times'),
        (1024., '1024 times'),
        (1048576., '1024² times'),
        (1073741824., '1024³ times'),
        (1099511627776., '1024⁴ times')
    ]))
