package config

import (
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// The functions below are the schema. Each reads the keys of one section, in the order in which they are printed. To
// add a key, add a field in config.go, one line here and a commented line in config.yaml.

const (
	apiEndpoint = "https://mna.intl.tencentcloudapi.com"
	// stsEndpoint is that of the international site. The vendor's SDK defaults to the domestic one, which refuses
	// international keys.
	stsEndpoint = "https://sts.intl.tencentcloudapi.com"

	vendorRate = 20 // the vendor's limit for a key, in requests a second

	day     = 24 * time.Hour
	longest = 3660 * day // ten years: more than any sensible length of time
)

func readConfig(s *section) (c Config) {
	c.Accounts = sections(s, "accounts", "[{name: main}]", readAccount)
	if len(c.Accounts) == 0 {
		s.fault([]string{"accounts"}, "no account is listed; write at least [{name: main}], or leave the key out")
	}
	c.Extract = sub(s, "extract", readExtract)
	c.ClickHouse = sub(s, "clickhouse", readClickHouse)
	c.Schedule = sections(s, "schedule", `[{name: hourly, cron: "20 * * * *"}]`, readEntry)
	c.Server = sub(s, "server", readServer)
	c.Log = sub(s, "log", readLog)
	return c
}

func readAccount(s *section) (a Account) {
	a.Name = value(s, "name", def("main"), name)
	a.Endpoint = value(s, "endpoint", def(apiEndpoint), endpoint)
	a.Credentials = sub(s, "credentials", readCredentials)
	a.RequestsPerSecond = value(s, "requests_per_second", def("18"), rate)
	a.TimeZone = value(s, "time_zone", def("Asia/Shanghai"), zone)

	if a.RequestsPerSecond > vendorRate && !s.faulty("endpoint") && !isLocal(a.Endpoint) {
		s.fault([]string{"requests_per_second"}, "%v is more than the vendor allows a key; write at most %v, or an "+
			"endpoint on this machine, such as http://127.0.0.1:9100",
			a.RequestsPerSecond, vendorRate)
	}
	return a
}

func readCredentials(s *section) (c Credentials) {
	c.Source = value(s, "source", def(SourceEnv), oneOf("source of credentials",
		SourceEnv, SourceStatic, SourceProfile, SourceCVMRole, SourceAssumeRole, SourceOIDC, SourceChain))

	switch c.Source { //nolint:exhaustive // the other sources have no keys of their own
	case SourceStatic:
		c.SecretID = value(s, "secret_id", must("${TENCENTCLOUD_SECRET_ID}"), apiKey)
		c.SecretKey = value(s, "secret_key", must("${TENCENTCLOUD_SECRET_KEY}"), apiKey)
		c.Token = value(s, "token", def(""), apiKey)
	case SourceAssumeRole:
		c.RoleARN = value(s, "role_arn", must("qcs::cam::uin/100000000001:roleName/mnaflow"), roleARN)
		c.SecretID = value(s, "secret_id", def(""), apiKey)
		c.SecretKey = value(s, "secret_key", def(""), apiKey)
		c.Token = value(s, "token", def(""), apiKey)
		c.SessionName = value(s, "session_name", def("mnaflow"), sessionName)
		c.Duration = value(s, "duration", def("1h"), whole(time.Second, 15*time.Minute, 12*time.Hour))
		c.Endpoint = value(s, "endpoint", def(stsEndpoint), endpoint)
	case SourceCVMRole:
		c.RoleName = value(s, "role_name", def(""), roleName)
	}
	s.belong("source", "static or assume-role", "secret_id", "secret_key", "token")
	s.belong("source", "assume-role", "role_arn", "session_name", "duration", "endpoint")
	s.belong("source", "cvm-role", "role_name")

	if c.SecretID.IsEmpty() != c.SecretKey.IsEmpty() {
		s.fault([]string{"secret_id", "secret_key"},
			"secret_id and secret_key go together; write both, or neither to take those of the environment")
	}
	if c.SecretID.IsEmpty() && !c.Token.IsEmpty() {
		s.fault([]string{"token", "secret_id"},
			"a token is valid only with its secret_id and secret_key; write those too, or leave it out")
	}
	return c
}

func readExtract(s *section) (e Extract) {
	e.Start = value(s, "start", def("2025-01-01"), date)
	e.Regions = values(s, "regions", flow.Regions(), oneOf("access region", flow.Regions()...))
	e.TrafficTypes = values(s, "traffic_types", flow.TrafficTypes(), oneOf("traffic type", flow.TrafficTypes()...))
	e.GatewayTypes = values(s, "gateway_types", flow.GatewayTypes(), oneOf("gateway type", flow.GatewayTypes()...))
	e.Granularities = values(s, "granularities", flow.Granularities(), oneOf("granularity", flow.Granularities()...))
	e.Settle = sub(s, "settle", perGranularity("15m", "2h", duration(0, 31*day), duration(0, 31*day)))
	e.Refresh = sub(s, "refresh", perGranularity("30m", "12h", duration(time.Second, longest),
		duration(time.Second, longest)))
	e.Finality = value(s, "finality", def("5d"), duration(0, longest))
	e.MaxWindow = sub(s, "max_window", perGranularity("31d", "366d", whole(time.Hour, time.Hour, longest),
		whole(day, day, longest)))
	e.AnswerCheck = value(s, "answer_check", def(RefuseAnswer), oneOf("answer check", RefuseAnswer, RecordAnswer))
	e.Timeout = value(s, "timeout", def("30s"), duration(time.Second, 5*time.Minute))
	e.MaxAttempts = value(s, "max_attempts", def("6"), integer(1, 20))

	for _, g := range flow.Granularities() {
		if settle := e.Settle.Of(g); e.Finality < settle {
			s.fault([]string{"finality", "settle"}, "finality %s is shorter than settle.%s %s, so that a bucket "+
				"would be final before it is first requested; write a longer finality",
				formatDuration(e.Finality), g, formatDuration(settle))
		}
	}
	return e
}

func perGranularity(hourly, daily string, ofHours, ofDays kind[time.Duration]) func(*section) PerGranularity {
	return func(s *section) (p PerGranularity) {
		p.Hourly = value(s, "hourly", def(hourly), ofHours)
		p.Daily = value(s, "daily", def(daily), ofDays)
		return p
	}
}

func readClickHouse(s *section) (c ClickHouse) {
	c.Addresses = values(s, "addresses", []string{"127.0.0.1:9000"}, address)
	c.Protocol = value(s, "protocol", def(Native), oneOf("protocol", Native, HTTP))
	c.Database = value(s, "database", def("mnaflow"), identifier)
	c.Username = value(s, "username", def("default"), username)
	c.Password = value(s, "password", def("${CLICKHOUSE_PASSWORD:-}"), password)
	c.Timeout = value(s, "timeout", def("2m"), duration(time.Second, time.Hour/2))
	c.TLS = sub(s, "tls", readTLS)
	return c
}

func readTLS(s *section) (t TLS) {
	t.Enabled = value(s, "enabled", def("false"), boolean)
	t.CAFile = value(s, "ca_file", def(""), file)
	t.CertFile = value(s, "cert_file", def(""), file)
	t.KeyFile = value(s, "key_file", def(""), file)
	t.ServerName = value(s, "server_name", def(""), serverName)
	if (t.CertFile == "") != (t.KeyFile == "") {
		s.fault([]string{"cert_file", "key_file"},
			"cert_file and key_file go together; write both, or neither to connect without a certificate of the client")
	}
	return t
}

func readEntry(s *section) (e Entry) {
	e.Name = value(s, "name", must("hourly"), name)
	e.Cron = value(s, "cron", must(`"20 * * * *"`), cronSpec)
	return e
}

func readServer(s *section) (v Server) {
	v.Listen = value(s, "listen", def("127.0.0.1:8080"), listen)
	return v
}

func readLog(s *section) (l Log) {
	l.Level = value(s, "level", def("info"), level)
	l.Format = value(s, "format", def(LogText), oneOf("log format", LogText, LogJSON))
	return l
}
