package config

// faultyAccounts are faults in accounts, all but their credentials.
var faultyAccounts = []faulty{
	{"no account", "accounts: []\n", `config.yaml:1:11: accounts: no account is listed; write at least [{name: ` +
		`main}], or leave the key out`},
	{"accounts left empty", "accounts:\n", `config.yaml:1:10: accounts: nothing where a list is expected, such as ` +
		`[{name: main}]`},
	{"accounts as a map", `accounts:
  main: {}
`, `config.yaml:2:3: accounts: keys and values where a list is expected, such as [{name: main}]`},
	{"empty element", `accounts:
  -
`, `config.yaml:2:4: accounts[0]: nothing stands here where keys with values are expected: name, endpoint, ` +
		`credentials, requests_per_second, time_zone`},
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
	{"zone of the machine", "accounts: [{time_zone: Local}, {name: b, time_zone: \"\"}]\n",
		`config.yaml:1:24: accounts[0].time_zone: "Local" is no time zone; ` +
			`write an IANA name such as Asia/Shanghai or UTC
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
}
