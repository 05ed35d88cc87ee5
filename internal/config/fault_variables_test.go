package config

// faultyVariables are faults of ${VARIABLES} in values.
var faultyVariables = []faulty{
	{"missing variables", `clickhouse:
  addresses: ["${CH_HOST}:${CH_PORT}"]
`, `config.yaml:2:15: clickhouse.addresses[0]: not set in the environment: CH_HOST, CH_PORT; ` +
		`set it, or write a default, as in ${CH_HOST:-default}`},
	{"variable not closed", `clickhouse:
  password: "${SECRET"
`, `config.yaml:2:13: clickhouse.password: a ${ here names no variable; ` +
		`write ${NAME} or ${NAME:-default}, and $$ for a dollar sign`},
	{"variable with another operator", `clickhouse:
  password: "${SECRET:?must be set}"
`, `config.yaml:2:13: clickhouse.password: a ${ here names no variable; ` +
		`write ${NAME} or ${NAME:-default}, and $$ for a dollar sign`},
	{"nested variables", `clickhouse:
  password: "${A:-${SECRET}}"
`, `config.yaml:2:13: clickhouse.password: a ${ here names no variable; ` +
		`write ${NAME} or ${NAME:-default}, and $$ for a dollar sign`},
	{"variable with a wrong value", `clickhouse:
  database: ${SECRET}-x
  protocol: ${SECRET}
`, `config.yaml:2:13: clickhouse.database: the value of "${SECRET}-x" is no database name; ` +
		`write up to 64 letters, digits and _, no digit first, such as mnaflow
config.yaml:3:13: clickhouse.protocol: the value of "${SECRET}" is no protocol; write one of native, http`},
}
