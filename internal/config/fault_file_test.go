package config

// faultyFiles are faults of the file as a whole: no YAML, no UTF-8, more than one document.
var faultyFiles = []faulty{
	{"empty", "", `config.yaml:1:1: the file holds no configuration; start from a copy of the example config.yaml`},
	{"only comments", "# accounts:\n", `config.yaml:1:1: the file holds no configuration; start from a copy of the ` +
		`example config.yaml`},
	{"null", `---
~
`, `config.yaml:1:1: the file holds no configuration; start from a copy of the example config.yaml`},
	{"not YAML", `accounts: [
extract: {}
`, `config.yaml:3:1: not YAML: did not find expected ',' or ']' while parsing a flow sequence that starts at 1:11; ` +
		`indent with spaces, and put a value with special characters in quotes, as in ["${NAME}"]`},
	{"bad indentation", `extract:
  regions: [EU]
 start: 2025-01-01
`, `config.yaml:3:2: not YAML: did not find expected key while parsing a block mapping that starts at 1:1; ` +
		`indent with spaces, and put a value with special characters in quotes, as in ["${NAME}"]`},
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
`, `config.yaml:2:1: a second document starts here; one file holds one configuration, ` +
		`so remove the --- line or what follows it`},
	{"broken second document", `log: {}
---
[
`, `config.yaml:4:1: not YAML: did not find expected node content while parsing a flow node that starts at 4:1; ` +
		`indent with spaces, and put a value with special characters in quotes, as in ["${NAME}"]`},
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
`, `config.yaml:2:13: not YAML: an alias (*name) stands for no anchor (&name) before it; ` +
		`indent with spaces, and put a value with special characters in quotes, as in ["${NAME}"]`},
	{"a password that looks like a tag", `clickhouse:
  password: !hunter2 x
`, `config.yaml:2:13: clickhouse.password: a YAML tag means nothing here; ` +
		`remove it, or put a value that starts with ! in quotes`},
	{"a password that starts with a percent sign", `clickhouse:
  password: %hunter2
`, `config.yaml:2:13: not YAML: found character that cannot start any token while scanning for the next token that ` +
		`starts at 2:13; indent with spaces, and put a value with special characters in quotes, as in ["${NAME}"]`},
}
