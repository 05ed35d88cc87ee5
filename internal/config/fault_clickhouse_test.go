package config

// faultyClickHouse are faults in clickhouse.
var faultyClickHouse = []faulty{
	{"address with a scheme", "clickhouse: {addresses: [\"clickhouse://a:9000\", \"b\", \":9000\", \"c:0\"]}\n",
		`config.yaml:1:26: clickhouse.addresses[0]: "clickhouse://a:9000" is no host:port; ` +
			`write it like 127.0.0.1:9000, without a scheme or a path
config.yaml:1:49: clickhouse.addresses[1]: "b" is no host:port; write it like 127.0.0.1:9000, without a scheme or a path
config.yaml:1:54: clickhouse.addresses[2]: ":9000" is no host:port; ` +
			`write it like 127.0.0.1:9000, without a scheme or a path
config.yaml:1:63: clickhouse.addresses[3]: "c:0" is no host:port; ` +
			`write it like 127.0.0.1:9000, without a scheme or a path`},
	{"ports misspelt", "clickhouse: {protocol: https, database: my-db, username: \"\"}\n",
		`config.yaml:1:24: clickhouse.protocol: "https" is no protocol; did you mean http?
config.yaml:1:41: clickhouse.database: "my-db" is no database name; ` +
			`write up to 64 letters, digits and _, no digit first, such as mnaflow
config.yaml:1:58: clickhouse.username: "" is no user name; write the one that ClickHouse knows, such as default`},
	{"certificate without a key", `clickhouse:
  tls: {enabled: yes, cert_file: a.pem}
`, `config.yaml:2:18: clickhouse.tls.enabled: "yes" is neither true nor false; write one of them
config.yaml:2:34: clickhouse.tls.cert_file: cert_file and key_file go together; ` +
		`write both, or neither to connect without a certificate of the client`},
}
