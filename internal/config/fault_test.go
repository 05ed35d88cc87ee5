package config

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// faulty are files, each with the full text of its faults.
var faulty = []struct{ name, file, want string }{
	// The file as a whole.
	{"empty", "", `config.yaml:1:1: the file holds no configuration; start from a copy of the example config.yaml`},
	{"only comments", "# accounts:\n", `config.yaml:1:1: the file holds no configuration; start from a copy of the ` +
		`example config.yaml`},
	{"null", `---
~
`, `config.yaml:1:1: the file holds no configuration; start from a copy of the example config.yaml`},
	{"not YAML", `accounts: [
extract: {}
`, `config.yaml:3:1: not YAML: did not find expected ',' or ']' while parsing a flow sequence that starts at 1:11; indent with spaces, and put a value with special characters in quotes, as in ["${NAME}"]`},
	{"bad indentation", `extract:
  regions: [EU]
 start: 2025-01-01
`, `config.yaml:3:2: not YAML: did not find expected key while parsing a block mapping that starts at 1:1; indent with spaces, and put a value with special characters in quotes, as in ["${NAME}"]`},
	{"tab", "extract:\n\tstart: 2025-01-01\n", `config.yaml:2:1: not YAML: found character that cannot start any ` +
		`token while scanning for the next token that starts at 2:1; indent with spaces, and put a value with ` +
		`special characters in quotes, as in ["${NAME}"]`},
	{"prose", "dear computer, load everything", `config.yaml:1:1: a single value stands here where keys with values ` +
		`are expected: accounts, extract, clickhouse, schedule, server, log`},
	{"a list", "- accounts\n", `config.yaml:1:1: a list stands here where keys with values are expected: accounts, ` +
		`extract, clickhouse, schedule, server, log`},
	{"two documents", `log: {}
---
server: {}
`, `config.yaml:2:1: a second document starts here; one file holds one configuration, so remove the --- line or what follows it`},
	{"broken second document", `log: {}
---
[
`, `config.yaml:4:1: not YAML: did not find expected node content while parsing a flow node that starts at 4:1; indent with spaces, and put a value with special characters in quotes, as in ["${NAME}"]`},
	{"not UTF-8", "log:\n  level: \xff", `config.yaml:2:10: no UTF-8 text from here on; save the file as UTF-8, ` +
		`without control characters`},
	{"UTF-16", "\xff\xfel\x00o\x00g\x00", `config.yaml:1:1: no UTF-8 text from here on; save the file as UTF-8, ` +
		`without control characters`},
	{"control character", "log:\n  é: \x01", `config.yaml:2:6: no UTF-8 text from here on; save the file as UTF-8, ` +
		`without control characters`},
	{"a variable in braces without quotes", "clickhouse: {password: ${SECRET}}\n",
		`config.yaml:1:25: not YAML: did not find expected ',' or '}' while parsing a flow mapping that starts at ` +
			`1:13; indent with spaces, and put a value with special characters in quotes, as in ["${NAME}"]`},
	{"a password that looks like an alias", `clickhouse:
  password: *hunter2
`, `config.yaml:2:13: not YAML: an alias (*name) stands for no anchor (&name) before it; indent with spaces, and put a value with special characters in quotes, as in ["${NAME}"]`},
	{"a password that looks like a tag", `clickhouse:
  password: !hunter2 x
`, `config.yaml:2:13: clickhouse.password: a YAML tag means nothing here; remove it, or put a value that starts with ! in quotes`},
	{"a password that starts with a percent sign", `clickhouse:
  password: %hunter2
`, `config.yaml:2:13: not YAML: found character that cannot start any token while scanning for the next token that starts at 2:13; indent with spaces, and put a value with special characters in quotes, as in ["${NAME}"]`},
	// Keys.
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
`, `config.yaml:2:3: extract.colour: unknown key colour; known here: start, regions, traffic_types, gateway_types, granularities, settle, refresh, finality, max_window, answer_check, timeout, max_attempts`},
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
`, `config.yaml:2:5: extract: a key must be one word, such as name; put a value that starts with [, {, * or ? in quotes`},
	{"merge key", `accounts:
  - &a {name: a}
  - {<<: *a, name: b}
`, `config.yaml:3:6: accounts[1].<<: merge keys are not supported; write the keys out, or share a whole value with &name and *name`},
	{"section that is a value", "extract: everything\n", `config.yaml:1:10: extract: a single value stands here ` +
		`where keys with values are expected: start, regions, traffic_types, gateway_types, granularities, settle, ` +
		`refresh, finality, max_window, answer_check, timeout, max_attempts`},
	{"section that is a list", `extract:
  settle: [15m, 2h]
`, `config.yaml:2:11: extract.settle: a list stands here where keys with values are expected: hourly, daily`},
	{"section with a tag", "log: !!map {level: info}\n",
		`config.yaml:1:6: log: a YAML tag means nothing here; remove it, or put a value that starts with ! in quotes`},
	// Values.
	{"list for a value", `extract:
  start: [2025-01-01]
`, `config.yaml:2:10: extract.start: a list where one value is expected, such as 2025-01-01`},
	{"keys for a value", `clickhouse:
  password: {a: b}
`, `config.yaml:2:13: clickhouse.password: keys and values where one value is expected, such as ${CLICKHOUSE_PASSWORD:-}`},
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
`, `config.yaml:2:12: extract.regions: the list is empty; write at least one value, such as [ALL, MC, AP, EU, AM], or leave the key out`},
	{"tagged list", `extract:
  regions: !!set [EU]
`, `config.yaml:2:12: extract.regions: a YAML tag means nothing here; remove it, or put a value that starts with ! in quotes`},
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
`, `config.yaml:2:10: extract.start: "last year" is no date; write it as year-month-day, such as 2025-01-31, without a time: it starts at midnight of each account's time zone`},
	{"date with a time", `extract:
  start: 2025-01-01T00:00:00Z
`, `config.yaml:2:10: extract.start: "2025-01-01T00:00:00Z" is no date; write it as year-month-day, such as 2025-01-31, without a time: it starts at midnight of each account's time zone`},
	{"impossible date", `extract:
  start: 2025-02-30
`, `config.yaml:2:10: extract.start: "2025-02-30" is no day of the calendar; write one that exists, such as 2025-01-31`},
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
`, `config.yaml:2:13: extract.finality: finality 1h is shorter than settle.daily 2h, so that a bucket would be final before it is first requested; write a longer finality`},
	{"final before a late settle", `extract:
  settle: {daily: 6d}
`, `config.yaml:2:11: extract.settle: finality 5d is shorter than settle.daily 6d, so that a bucket would be final before it is first requested; write a longer finality`},
	{"attempts", `extract:
  max_attempts: 0
`, `config.yaml:2:17: extract.max_attempts: "0" is no whole number from 1 to 20; write one`},
	{"attempts in words", `extract:
  max_attempts: many
`, `config.yaml:2:17: extract.max_attempts: "many" is no whole number from 1 to 20; write one`},
	// Accounts.
	{"no account", "accounts: []\n", `config.yaml:1:11: accounts: no account is listed; write at least [{name: ` +
		`main}], or leave the key out`},
	{"accounts left empty", "accounts:\n", `config.yaml:1:10: accounts: nothing where a list is expected, such as ` +
		`[{name: main}]`},
	{"accounts as a map", `accounts:
  main: {}
`, `config.yaml:2:3: accounts: keys and values where a list is expected, such as [{name: main}]`},
	{"empty element", `accounts:
  -
`, `config.yaml:2:4: accounts[0]: nothing stands here where keys with values are expected: name, endpoint, credentials, requests_per_second, time_zone`},
	{"same name twice", `accounts:
  - name: a
  - name: a
`, `config.yaml:3:11: accounts[1].name: another of accounts has the name a; give each its own`},
	{"same default name twice", `accounts:
  - time_zone: UTC
  - time_zone: UTC
`, `config.yaml:3:5: accounts[1].name: another of accounts has the name main; give each its own`},
	{"account name", "accounts: [{name: Main Account}]\n", `config.yaml:1:19: accounts[0].name: "Main Account" is ` +
		`no name; write up to 64 lower-case letters, digits, _ and -, a letter or digit first, such as main`},
	{"rate too high", "accounts: [{requests_per_second: 25}]\n",
		`config.yaml:1:34: accounts[0].requests_per_second: 25 is more than the vendor allows a key; write at most ` +
			`20, or an endpoint on this machine, such as http://127.0.0.1:9100`},
	{"rate too high beside another fault", "accounts: [{endpoint: 'ftp://127.0.0.1', requests_per_second: 25}]\n",
		`config.yaml:1:23: accounts[0].endpoint: "ftp://127.0.0.1" is no URL of an API; write https:// and a host, ` +
			`such as https://mna.intl.tencentcloudapi.com`},
	{"rate zero", "accounts: [{requests_per_second: 0}]\n",
		`config.yaml:1:34: accounts[0].requests_per_second: "0" is no number above 0; write one such as 18 or 0.5`},
	{"rate in words", "accounts: [{requests_per_second: fast}]\n",
		`config.yaml:1:34: accounts[0].requests_per_second: "fast" is no number above 0; write one such as 18 or 0.5`},
	{"zone misspelt", "accounts: [{time_zone: Asia/Shangai}]\n",
		`config.yaml:1:24: accounts[0].time_zone: "Asia/Shangai" is no time zone; did you mean Asia/Shanghai?`},
	{"zone that is an offset", "accounts: [{time_zone: UTC+8}]\n",
		`config.yaml:1:24: accounts[0].time_zone: "UTC+8" is no time zone; did you mean Asia/Shanghai?`},
	{"zone of the machine", "accounts: [{time_zone: Local}, {name: b, time_zone: \"\"}]\n", `config.yaml:1:24: accounts[0].time_zone: "Local" is no time zone; write an IANA name such as Asia/Shanghai or UTC
config.yaml:1:53: accounts[1].time_zone: "" is no time zone; write an IANA name such as Asia/Shanghai or UTC`},
	{"endpoint without a scheme", "accounts: [{endpoint: mna.intl.tencentcloudapi.com}]\n",
		`config.yaml:1:23: accounts[0].endpoint: "mna.intl.tencentcloudapi.com" is no URL of an API; write https:// ` +
			`and a host, such as https://mna.intl.tencentcloudapi.com`},
	{"endpoint in the clear", "accounts: [{endpoint: \"http://mna.intl.tencentcloudapi.com\"}]\n",
		`config.yaml:1:23: accounts[0].endpoint: "http://mna.intl.tencentcloudapi.com" is not encrypted; write ` +
			`https://, since http:// is only for a simulator on this machine`},
	{"endpoint with a path", "accounts: [{endpoint: \"https://example.com/v1\"}]\n",
		`config.yaml:1:23: accounts[0].endpoint: "https://example.com/v1" has more than a host; remove what follows ` +
			`it`},
	{"endpoint with a password", "accounts: [{endpoint: \"https://me:hunter2@example.com\"}]\n",
		`config.yaml:1:23: accounts[0].endpoint: the value holds a user name; keys belong in credentials, so remove ` +
			`it together with its @`},
	{"endpoint with a port that is none", "accounts: [{endpoint: \"https://example.com:99999\"}]\n",
		`config.yaml:1:23: accounts[0].endpoint: "https://example.com:99999" has a port that is none; write one ` +
			`from 1 to 65535, or none at all`},
	// Credentials.
	{"credentials as a value", "accounts: [{credentials: env}]\n",
		`config.yaml:1:26: accounts[0].credentials: a single value stands here where keys with values are expected: ` +
			`source, secret_id, secret_key, token, role_arn, session_name, duration, endpoint, role_name`},
	{"unknown source", "accounts: [{credentials: {source: assume_role, role_arn: x}}]\n",
		`config.yaml:1:35: accounts[0].credentials.source: "assume_role" is no source of credentials; did you mean ` +
			`assume-role?`},
	{"static without keys", `accounts:
  - credentials: {source: static}
`, `config.yaml:2:18: accounts[0].credentials.secret_id: missing; write secret_id: ${TENCENTCLOUD_SECRET_ID}
config.yaml:2:18: accounts[0].credentials.secret_key: missing; write secret_key: ${TENCENTCLOUD_SECRET_KEY}`},
	{"static with an empty key", `accounts:
  - credentials: {source: static, secret_id: "${EMPTY}", secret_key: ""}
`, `config.yaml:2:46: accounts[0].credentials.secret_id: the value is empty; write one, such as ${TENCENTCLOUD_SECRET_ID}
config.yaml:2:70: accounts[0].credentials.secret_key: the value is empty; write one, such as ${TENCENTCLOUD_SECRET_KEY}`},
	{"static with a missing variable", `accounts:
  - credentials: {source: static, secret_id: "${NO_ID}", secret_key: "${NO_KEY}"}
`, `config.yaml:2:46: accounts[0].credentials.secret_id: not set in the environment: NO_ID; set it, or write a default, as in ${NO_ID:-default}
config.yaml:2:70: accounts[0].credentials.secret_key: not set in the environment: NO_KEY; set it, or write a default, as in ${NO_KEY:-default}`},
	{"key with a line break", "accounts:\n  - credentials: {source: static, secret_id: a, secret_key: " +
		"\"hunter2\\n\"}\n", `config.yaml:2:61: accounts[0].credentials.secret_key: the value holds white space, ` +
		`perhaps a line break at its end; write the key alone`},
	{"role without assume-role", `accounts:
  - credentials: {role_arn: "qcs::cam::x", secret_id: a, role_name: b}
`, `config.yaml:2:19: accounts[0].credentials.role_arn: only for source: assume-role; remove it, or write that source
config.yaml:2:44: accounts[0].credentials.secret_id: only for source: static or assume-role; remove it, or write that source
config.yaml:2:58: accounts[0].credentials.role_name: only for source: cvm-role; remove it, or write that source`},
	{"assume-role without a role", `accounts:
  - credentials: {source: assume-role, secret_id: a}
`, `config.yaml:2:18: accounts[0].credentials.role_arn: missing; write role_arn: qcs::cam::uin/100000000001:roleName/mnaflow
config.yaml:2:51: accounts[0].credentials.secret_id: secret_id and secret_key go together; write both, or neither to take those of the environment`},
	{"assume-role with a token alone", `accounts:
  - credentials: {source: assume-role, role_arn: "acs:ram::1", token: t, duration: 13h, session_name: a b}
`, `config.yaml:2:50: accounts[0].credentials.role_arn: "acs:ram::1" is no role; write its ARN, such as qcs::cam::uin/100000000001:roleName/mnaflow
config.yaml:2:71: accounts[0].credentials.token: a token is valid only with its secret_id and secret_key; write those too, or leave it out
config.yaml:2:84: accounts[0].credentials.duration: "13h" is too long; write at most 12h
config.yaml:2:103: accounts[0].credentials.session_name: "a b" is no session name; write 2 to 128 letters, digits and any of _+=,.@-, such as mnaflow`},
	// Variables.
	{"missing variables", `clickhouse:
  addresses: ["${CH_HOST}:${CH_PORT}"]
`, `config.yaml:2:15: clickhouse.addresses[0]: not set in the environment: CH_HOST, CH_PORT; set it, or write a default, as in ${CH_HOST:-default}`},
	{"variable not closed", `clickhouse:
  password: "${SECRET"
`, `config.yaml:2:13: clickhouse.password: a ${ here names no variable; write ${NAME} or ${NAME:-default}, and $$ for a dollar sign`},
	{"variable with another operator", `clickhouse:
  password: "${SECRET:?must be set}"
`, `config.yaml:2:13: clickhouse.password: a ${ here names no variable; write ${NAME} or ${NAME:-default}, and $$ for a dollar sign`},
	{"nested variables", `clickhouse:
  password: "${A:-${SECRET}}"
`, `config.yaml:2:13: clickhouse.password: a ${ here names no variable; write ${NAME} or ${NAME:-default}, and $$ for a dollar sign`},
	{"variable with a wrong value", `clickhouse:
  database: ${SECRET}-x
  protocol: ${SECRET}
`, `config.yaml:2:13: clickhouse.database: the value of "${SECRET}-x" is no database name; write up to 64 letters, digits and _, no digit first, such as mnaflow
config.yaml:3:13: clickhouse.protocol: the value of "${SECRET}" is no protocol; write one of native, http`},
	// ClickHouse, schedule, server, log.
	{"address with a scheme", "clickhouse: {addresses: [\"clickhouse://a:9000\", \"b\", \":9000\", \"c:0\"]}\n", `config.yaml:1:26: clickhouse.addresses[0]: "clickhouse://a:9000" is no host:port; write it like 127.0.0.1:9000, without a scheme or a path
config.yaml:1:49: clickhouse.addresses[1]: "b" is no host:port; write it like 127.0.0.1:9000, without a scheme or a path
config.yaml:1:54: clickhouse.addresses[2]: ":9000" is no host:port; write it like 127.0.0.1:9000, without a scheme or a path
config.yaml:1:63: clickhouse.addresses[3]: "c:0" is no host:port; write it like 127.0.0.1:9000, without a scheme or a path`},
	{"ports misspelt", "clickhouse: {protocol: https, database: my-db, username: \"\"}\n", `config.yaml:1:24: clickhouse.protocol: "https" is no protocol; did you mean http?
config.yaml:1:41: clickhouse.database: "my-db" is no database name; write up to 64 letters, digits and _, no digit first, such as mnaflow
config.yaml:1:58: clickhouse.username: "" is no user name; write the one that ClickHouse knows, such as default`},
	{"certificate without a key", `clickhouse:
  tls: {enabled: yes, cert_file: a.pem}
`, `config.yaml:2:18: clickhouse.tls.enabled: "yes" is neither true nor false; write one of them
config.yaml:2:34: clickhouse.tls.cert_file: cert_file and key_file go together; write both, or neither to connect without a certificate of the client`},
	{"schedule entries", `schedule:
  - {cron: "61 * * * *"}
  - {name: a, cron: "20 * * *"}
  - {name: a, cron: "0 0 30 2 *"}
`, `config.yaml:2:5: schedule[0].name: missing; write name: hourly
config.yaml:2:12: schedule[0].cron: "61 * * * *" is wrong in its field for the minute; write 0 to 59, a range, a list or *
config.yaml:3:21: schedule[1].cron: "20 * * *" has 4 fields; write five, minute, hour, day of the month, month and day of the week, such as "20 * * * *"
config.yaml:4:12: schedule[2].name: another of schedule has the name a; give each its own
config.yaml:4:21: schedule[2].cron: "0 0 30 2 *" never comes due; write a day that its months have`},
	{"cron zones", `schedule:
  - {name: a, cron: "TZ=Mars/Phobos 0 * * * *"}
  - {name: b, cron: "CRON_TZ=UTC"}
  - {name: c, cron: "@often"}
  - {name: d, cron: "@every 1s"}
  - {name: e, cron: "0 0 , * *"}
  - {name: f, cron: "TZ="}
`, `config.yaml:2:21: schedule[0].cron: "TZ=Mars/Phobos 0 * * * *" starts with a time zone that is none; write it like CRON_TZ=Asia/Shanghai 20 * * * *
config.yaml:3:21: schedule[1].cron: "CRON_TZ=UTC" has 0 fields; write five, minute, hour, day of the month, month and day of the week, such as "20 * * * *"
config.yaml:4:21: schedule[2].cron: "@often" is no cron entry; write @hourly, @daily, @weekly, @monthly or @every with at least 1m
config.yaml:5:21: schedule[3].cron: "@every 1s" is no cron entry; write @hourly, @daily, @weekly, @monthly or @every with at least 1m
config.yaml:6:21: schedule[4].cron: "0 0 , * *" is wrong in its field for the day of the month; write 1 to 31, a range, a list or *
config.yaml:7:21: schedule[5].cron: "TZ=" starts with a time zone that is none; write it like CRON_TZ=Asia/Shanghai 20 * * * *`},
	{"listen", "server: {listen: 8080}\n", `config.yaml:1:18: server.listen: "8080" is no host:port; write it like ` +
		`127.0.0.1:8080, or :8080 for every interface`},
	{"log", "log: {level: warning, format: jason}\n", `config.yaml:1:14: log.level: "warning" is no log level; did you mean warn?
config.yaml:1:31: log.format: "jason" is no log format; did you mean json?`},
}

func TestFaultsSayWhereAndWhatToWrite(t *testing.T) {
	env := environment(map[string]string{"SECRET": "hunter2", "EMPTY": ""})
	for _, test := range faulty {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("config.yaml", []byte(test.file), env)
			faults, ok := errors.AsType[Faults](err)
			if !ok || len(faults) == 0 {
				t.Fatalf("Parse: %v, want faults", err)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("a secret is shown: %v", err)
			}
			for _, f := range faults {
				if f.File != "config.yaml" || f.Line < 1 || f.Column < 1 || strings.ContainsAny(f.String(), "\n\r") {
					t.Errorf("%+v has no place, or is not one line", f)
				}
			}
		})
	}
}
