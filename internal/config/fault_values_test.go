package config

// faultyValues are faults of values, most in extract.
var faultyValues = []faulty{
	{"list for a value", `extract:
  start: [2025-01-01]
`, `config.yaml:2:10: extract.start: a list where one value is expected, such as 2025-01-01`},
	{"keys for a value", `clickhouse:
  password: {a: b}
`, `config.yaml:2:13: clickhouse.password: keys and values where one value is expected, ` +
		`such as ${CLICKHOUSE_PASSWORD:-}`},
	{"nothing for a value", `extract:
  start:
clickhouse:
  password: ~
schedule:
  - {name: a, cron: }
`, `config.yaml:2:9: extract.start: no value; write one, such as 2025-01-01, or leave the key out
config.yaml:4:13: clickhouse.password: no value; write one, such as ${CLICKHOUSE_PASSWORD:-}, or leave the key out
config.yaml:6:21: schedule[0].cron: no value; write one, such as "20 * * * *"`},
	{"value for a list", `clickhouse:
  addresses: 127.0.0.1:9000
`, `config.yaml:2:14: clickhouse.addresses: a single value where a list is expected, such as ["127.0.0.1:9000"]`},
	{"nothing for a list", `extract:
  regions:
`, `config.yaml:2:11: extract.regions: nothing where a list is expected, such as [ALL, MC, AP, EU, AM]`},
	{"empty list", `extract:
  regions: []
`, `config.yaml:2:12: extract.regions: the list is empty; ` +
		`write at least one value, such as [ALL, MC, AP, EU, AM], or leave the key out`},
	{"tagged list", `extract:
  regions: !!set [EU]
`, `config.yaml:2:12: extract.regions: a YAML tag means nothing here; ` +
		`remove it, or put a value that starts with ! in quotes`},
	{"repeated in a list", `extract:
  regions: [EU, AP, EU]
`, `config.yaml:2:21: extract.regions[2]: listed twice; remove one of them`},
	{"unknown region", `extract:
  regions: [ALL, EUR]
`, `config.yaml:2:18: extract.regions[1]: "EUR" is no access region; did you mean EU?`},
	{"region as near to two", `extract:
  regions: [AS]
`, `config.yaml:2:13: extract.regions[0]: "AS" is no access region; write one of ALL, MC, AP, EU, AM`},
	{"traffic type", `extract:
  traffic_types: [upload, downlik]
`, `config.yaml:2:19: extract.traffic_types[0]: "upload" is no traffic type; write one of uplink, downlink, total
config.yaml:2:27: extract.traffic_types[1]: "downlik" is no traffic type; did you mean downlink?`},
	{"gateway type", `extract:
  gateway_types: [publik]
`, `config.yaml:2:19: extract.gateway_types[0]: "publik" is no gateway type; did you mean public?`},
	{"granularity", `extract:
  granularities: [Daily]
`, `config.yaml:2:19: extract.granularities[0]: "Daily" is no granularity; did you mean daily?`},
	{"answer check", `extract:
  answer_check: ignore
`, `config.yaml:2:17: extract.answer_check: "ignore" is no answer check; write one of refuse, record`},
	{"no date", `extract:
  start: last year
`, `config.yaml:2:10: extract.start: "last year" is no date; ` +
		`write it as year-month-day, such as 2025-01-31, without a time: it starts at midnight of each account's ` +
		`time zone`},
	{"date with a time", `extract:
  start: 2025-01-01T00:00:00Z
`, `config.yaml:2:10: extract.start: "2025-01-01T00:00:00Z" is no date; ` +
		`write it as year-month-day, such as 2025-01-31, without a time: it starts at midnight of each account's ` +
		`time zone`},
	{"impossible date", `extract:
  start: 2025-02-30
`, `config.yaml:2:10: extract.start: "2025-02-30" is no day of the calendar; ` +
		`write one that exists, such as 2025-01-31`},
	{"distant date", `extract:
  start: 0001-01-01
`, `config.yaml:2:10: extract.start: "0001-01-01" is out of range; write a day from 2000-01-01 to 2099-12-31`},
	{"durations", `extract:
  settle: {hourly: 15, daily: -2h}
  refresh: {hourly: 0s, daily: 12 hours}
  finality: 99999d
  timeout: 10m
`, `config.yaml:2:20: extract.settle.hourly: "15" is no length of time; write it like 30s, 15m, 12h, 5d or 1d12h
config.yaml:2:31: extract.settle.daily: "-2h" is negative; write a length of time like 30s, 15m, 12h or 5d
config.yaml:3:21: extract.refresh.hourly: "0s" is too short; write at least 1s
config.yaml:3:32: extract.refresh.daily: "12 hours" is no length of time; write it like 30s, 15m, 12h, 5d or 1d12h
config.yaml:4:13: extract.finality: "99999d" is too long; write at most 3660d
config.yaml:5:12: extract.timeout: "10m" is too long; write at most 5m`},
	{"huge duration", `extract:
  finality: 99999999999999999999d
  timeout: 106751d9999h
`, `config.yaml:2:13: extract.finality: "99999999999999999999d" is too long; write at most 3660d
config.yaml:3:12: extract.timeout: "106751d9999h" is too long; write at most 5m`},
	{"windows", `extract:
  max_window: {hourly: 90m, daily: 36h}
`, `config.yaml:2:24: extract.max_window.hourly: "90m" is not a multiple of 1h; write one, such as 1h
config.yaml:2:36: extract.max_window.daily: "36h" is not a multiple of 1d; write one, such as 1d`},
	{"short windows", `extract:
  max_window: {hourly: 30m, daily: 12h}
`, `config.yaml:2:24: extract.max_window.hourly: "30m" is too short; write at least 1h
config.yaml:2:36: extract.max_window.daily: "12h" is too short; write at least 1d`},
	{"final before it is requested", `extract:
  finality: 1h
`, `config.yaml:2:13: extract.finality: finality 1h is shorter than settle.daily 2h, ` +
		`so that a bucket would be final before it is first requested; write a longer finality`},
	{"final before a late settle", `extract:
  settle: {daily: 6d}
`, `config.yaml:2:11: extract.settle: finality 5d is shorter than settle.daily 6d, ` +
		`so that a bucket would be final before it is first requested; write a longer finality`},
	{"attempts", `extract:
  max_attempts: 0
`, `config.yaml:2:17: extract.max_attempts: "0" is no whole number from 1 to 20; write one`},
	{"attempts in words", `extract:
  max_attempts: many
`, `config.yaml:2:17: extract.max_attempts: "many" is no whole number from 1 to 20; write one`},
}
