package config

// faultyCredentials are faults in the credentials of accounts.
var faultyCredentials = []faulty{
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
`, `config.yaml:2:46: accounts[0].credentials.secret_id: the value is empty; ` +
		`write one, such as ${TENCENTCLOUD_SECRET_ID}
config.yaml:2:70: accounts[0].credentials.secret_key: the value is empty; ` +
		`write one, such as ${TENCENTCLOUD_SECRET_KEY}`},
	{"static with a missing variable", `accounts:
  - credentials: {source: static, secret_id: "${NO_ID}", secret_key: "${NO_KEY}"}
`, `config.yaml:2:46: accounts[0].credentials.secret_id: not set in the environment: NO_ID; ` +
		`set it, or write a default, as in ${NO_ID:-default}
config.yaml:2:70: accounts[0].credentials.secret_key: not set in the environment: NO_KEY; ` +
		`set it, or write a default, as in ${NO_KEY:-default}`},
	{"key with a line break", "accounts:\n  - credentials: {source: static, secret_id: a, secret_key: " +
		"\"hunter2\\n\"}\n", `config.yaml:2:61: accounts[0].credentials.secret_key: the value holds white space, ` +
		`perhaps a line break at its end; write the key alone`},
	{"role without assume-role", `accounts:
  - credentials: {role_arn: "qcs::cam::x", secret_id: a, role_name: b}
`, `config.yaml:2:19: accounts[0].credentials.role_arn: only for source: assume-role; remove it, or write that source
config.yaml:2:44: accounts[0].credentials.secret_id: only for source: static or assume-role; ` +
		`remove it, or write that source
config.yaml:2:58: accounts[0].credentials.role_name: only for source: cvm-role; remove it, or write that source`},
	{"assume-role without a role", `accounts:
  - credentials: {source: assume-role, secret_id: a}
`, `config.yaml:2:18: accounts[0].credentials.role_arn: missing; ` +
		`write role_arn: qcs::cam::uin/100000000001:roleName/mnaflow
config.yaml:2:51: accounts[0].credentials.secret_id: secret_id and secret_key go together; ` +
		`write both, or neither to take those of the environment`},
	{"assume-role with a token alone", `accounts:
  - credentials: {source: assume-role, role_arn: "acs:ram::1", token: t, duration: 13h, session_name: a b}
`, `config.yaml:2:50: accounts[0].credentials.role_arn: "acs:ram::1" is no role; ` +
		`write its ARN, such as qcs::cam::uin/100000000001:roleName/mnaflow
config.yaml:2:71: accounts[0].credentials.token: a token is valid only with its secret_id and secret_key; ` +
		`write those too, or leave it out
config.yaml:2:84: accounts[0].credentials.duration: "13h" is too long; write at most 12h
config.yaml:2:103: accounts[0].credentials.session_name: "a b" is no session name; ` +
		`write 2 to 128 letters, digits and any of _+=,.@-, such as mnaflow`},
}
