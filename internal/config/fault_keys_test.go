package config

// faultyKeys are faults of keys and of the shape of sections.
var faultyKeys = []faulty{
	{"misspelt key", `extract:
  regionss: [EU]
`, `config.yaml:2:3: extract.regionss: unknown key regionss; did you mean regions?`},
	{"key in capitals", `Extract:
  start: 2025-01-01
`, `config.yaml:1:1: Extract: unknown key Extract; did you mean extract?`},
	{"key of another section", "timeout: 30s\n",
		`config.yaml:1:1: timeout: unknown key timeout; it belongs in extract or clickhouse`},
	{"key of several sections", "name: main\n",
		`config.yaml:1:1: name: unknown key name; it belongs in accounts[] or schedule[]`},
	{"unknown key", `extract:
  colour: blue
`, `config.yaml:2:3: extract.colour: unknown key colour; ` +
		`known here: start, regions, traffic_types, gateway_types, granularities, settle, refresh, finality, ` +
		`max_window, answer_check, timeout, max_attempts`},
	{"key that is no word", "extract:\n  \"a\\nb\": 1\n", `config.yaml:2:3: extract."a\nb": unknown key "a\nb"; ` +
		`known here: start, regions, traffic_types, gateway_types, granularities, settle, refresh, finality, ` +
		`max_window, answer_check, timeout, max_attempts`},
	{"key written twice", `log: {level: info}
server: {}
log: {level: warn}
`, `config.yaml:3:1: log: written twice, first in line 1; remove one of them`},
	{"key that is a list", `extract:
  ? [a, b]
  : c
`, `config.yaml:2:5: extract: a key must be one word, such as name; ` +
		`put a value that starts with [, {, * or ? in quotes`},
	{"merge key", `accounts:
  - &a {name: a}
  - {<<: *a, name: b}
`, `config.yaml:3:6: accounts[1].<<: merge keys are not supported; ` +
		`write the keys out, or share a whole value with &name and *name`},
	{"section that is a value", "extract: everything\n", `config.yaml:1:10: extract: a single value stands here ` +
		`where keys with values are expected: start, regions, traffic_types, gateway_types, granularities, settle, ` +
		`refresh, finality, max_window, answer_check, timeout, max_attempts`},
	{"section that is a list", `extract:
  settle: [15m, 2h]
`, `config.yaml:2:11: extract.settle: a list stands here where keys with values are expected: hourly, daily`},
	{"section with a tag", "log: !!map {level: info}\n",
		`config.yaml:1:6: log: a YAML tag means nothing here; remove it, or put a value that starts with ! in quotes`},
}
