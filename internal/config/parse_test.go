package config

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
	_ "time/tzdata" // zones must load wherever the tests run

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// options compare configurations: time zones by name, secrets with Equal, and without the printed form.
var options = cmp.Options{
	cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }),
	cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".effective" }, cmp.Ignore()),
}

func environment(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := variables[name]
		return v, ok
	}
}

func parse(t *testing.T, text string, variables map[string]string) *Config {
	t.Helper()
	c, err := Parse("config.yaml", []byte(text), environment(variables))
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	return c
}

func shanghai(t *testing.T) *time.Location {
	t.Helper()
	l, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestDefaultsAreThoseOfTheContract(t *testing.T) {
	want := &Config{
		Accounts: []Account{{
			Name:              "main",
			Endpoint:          "https://mna.intl.tencentcloudapi.com",
			Credentials:       Credentials{Source: SourceEnv},
			RequestsPerSecond: 18,
			TimeZone:          shanghai(t),
		}},
		Extract: Extract{
			Start:         Date{2025, time.January, 1},
			Regions:       []flow.Region{"ALL", "MC", "AP", "EU", "AM"},
			TrafficTypes:  []flow.TrafficType{"uplink", "downlink", "total"},
			GatewayTypes:  []flow.GatewayType{"public", "private"},
			Granularities: []flow.Granularity{"hourly", "daily"},
			Settle:        PerGranularity{15 * time.Minute, 2 * time.Hour},
			Refresh:       PerGranularity{30 * time.Minute, 12 * time.Hour},
			Finality:      5 * 24 * time.Hour,
			MaxWindow:     PerGranularity{31 * 24 * time.Hour, 366 * 24 * time.Hour},
			AnswerCheck:   RefuseAnswer,
			Timeout:       30 * time.Second,
			MaxAttempts:   6,
		},
		ClickHouse: ClickHouse{Addresses: []string{"127.0.0.1:9000"}, Protocol: Native, Database: "mnaflow",
			Username: "default", Timeout: 2 * time.Minute},
		Schedule: []Entry{{Name: "hourly", Cron: "20 * * * *"}},
		Server:   Server{Listen: "127.0.0.1:8080"},
		Log:      Log{Level: slog.LevelInfo, Format: LogText},
	}
	example, err := Load(filepath.Join("..", "..", "config.yaml"), environment(nil))
	if err != nil {
		t.Fatalf("the example does not load: %v", err)
	}
	for name, got := range map[string]*Config{
		"Default":          Default(),
		"the example":      example,
		"no keys":          parse(t, "{}", nil),
		"one account":      parse(t, "accounts: [{name: main}]\nclickhouse: {}", nil),
		"empty sections":   parse(t, "extract:\n  # start: 2025-01-01\nclickhouse:\nlog:\n", nil),
		"with a BOM":       parse(t, "\ufeffextract:\n", nil),
		"with CRLF":        parse(t, "extract:\r\n  start: 2025-01-01\r\n", nil),
		"its own printing": parse(t, string(example.YAML()), nil),
	} {
		if diff := cmp.Diff(want, got, options); diff != "" {
			t.Errorf("%s differs from the contract (-want +got):\n%s", name, diff)
		}
	}
}

func TestYAMLShowsEverythingButSecrets(t *testing.T) {
	c := parse(t, `
accounts:
  - {name: a, credentials: {source: static, secret_id: AKID1, secret_key: s3cret}, time_zone: UTC}
  - name: b
    endpoint: http://127.0.0.1:9999/
    requests_per_second: 0.5
    credentials: {source: assume-role, role_arn: "qcs::cam::uin/1:roleName/x"}
  - {name: c, credentials: {source: cvm-role}}
clickhouse: {password: "pa$$$$word", username: "123"}
extract: {start: 2024-02-29, settle: {hourly: 90m}, finality: 36h, timeout: 1.5s}
schedule: []
`, nil)
	want := `accounts:
  - name: a
    endpoint: https://mna.intl.tencentcloudapi.com
    credentials: {source: static, secret_id: "***", secret_key: "***", token: ""}
    requests_per_second: 18
    time_zone: UTC
  - name: b
    endpoint: http://127.0.0.1:9999
    credentials: {source: assume-role, role_arn: "qcs::cam::uin/1:roleName/x", ` +
		`secret_id: "", secret_key: "", token: "", session_name: mnaflow, duration: 1h, ` +
		`endpoint: "https://sts.intl.tencentcloudapi.com"}
    requests_per_second: 0.5
    time_zone: Asia/Shanghai
  - name: c
    endpoint: https://mna.intl.tencentcloudapi.com
    credentials: {source: cvm-role, role_name: ""}
    requests_per_second: 18
    time_zone: Asia/Shanghai
extract:
  start: 2024-02-29
  regions: [ALL, MC, AP, EU, AM]
  traffic_types: [uplink, downlink, total]
  gateway_types: [public, private]
  granularities: [hourly, daily]
  settle: {hourly: 1h30m, daily: 2h}
  refresh: {hourly: 30m, daily: 12h}
  finality: 1d12h
  max_window: {hourly: 31d, daily: 366d}
  answer_check: refuse
  timeout: 1.5s
  max_attempts: 6
clickhouse:
  addresses: ["127.0.0.1:9000"]
  protocol: native
  database: mnaflow
  username: "123"
  password: "***"
  timeout: 2m
  tls: {enabled: false, ca_file: "", cert_file: "", key_file: "", server_name: ""}
schedule: []
server:
  listen: 127.0.0.1:8080
log:
  level: info
  format: text
`
	if diff := cmp.Diff(want, string(c.YAML())); diff != "" {
		t.Errorf("YAML (-want +got):\n%s", diff)
	}
	if got := c.ClickHouse.Password.Reveal(); got != "pa$$word" {
		t.Errorf("password %q", got)
	}
	if diff := cmp.Diff(want, string(parse(t, want, nil).YAML())); diff != "" {
		t.Errorf("YAML that is parsed again (-want +got):\n%s", diff)
	}
}

func TestVariables(t *testing.T) {
	variables := map[string]string{
		"PASSWORD": "a: b # {c} [d] ${HOME} $$ 'e' \"f\"\n*g", "EMPTY": "", "HOST": "ch.example.com", "PORT": "9440",
		"N": "3", "START": "2025-02-01",
		"TENCENTCLOUD_SECRET_ID": "AKID", "CLICKHOUSE_PASSWORD": "from the environment",
	}
	c := parse(t, `
accounts:
  - credentials: {source: static, secret_id: "${TENCENTCLOUD_SECRET_ID}", secret_key: "${UNSET:-key}-$$-$x$$", `+
		`token: "${EMPTY}"}
extract: {start: "${START}", max_attempts: "${N}", regions: ["${REGION:-EU}"]}
clickhouse:
  addresses: ["${HOST}:${PORT}", "${EMPTY:-a:1}"]
  password: ${PASSWORD}
`, variables)
	if got := c.ClickHouse.Password.Reveal(); got != variables["PASSWORD"] {
		t.Errorf("password %q, want the variable as it is", got)
	}
	if got := c.Accounts[0].Credentials.SecretKey.Reveal(); got != "key-$-$x$" {
		t.Errorf("secret_key %q", got)
	}
	if got := c.Accounts[0].Credentials.SecretID.Reveal(); got != "AKID" {
		t.Errorf("secret_id %q", got)
	}
	if diff := cmp.Diff([]string{"ch.example.com:9440", "a:1"}, c.ClickHouse.Addresses); diff != "" {
		t.Error(diff)
	}
	if c.Extract.MaxAttempts != 3 || c.Extract.Start.String() != "2025-02-01" || c.Extract.Regions[0] != flow.Europe {
		t.Errorf("extract: %+v", c.Extract)
	}
	if got := parse(t, "{}", variables).ClickHouse.Password.Reveal(); got != "from the environment" {
		t.Errorf("the default password is %q, want the variable that the default names", got)
	}
}

func TestAliasesStandForWholeValues(t *testing.T) {
	c := parse(t, `
accounts:
  - {name: a, credentials: &keys {source: static, secret_id: i, secret_key: k}, time_zone: &zone Europe/Berlin}
  - {name: b, credentials: *keys, time_zone: *zone}
`, nil)
	if a, b := c.Accounts[0], c.Accounts[1]; !reflect.DeepEqual(a.Credentials, b.Credentials) ||
		b.TimeZone.String() != "Europe/Berlin" {
		t.Errorf("a is %+v, b is %+v", a, b)
	}
}

func TestLoadNamesAFileThatIsNotThere(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.yaml"), os.LookupEnv)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load: %v, want one that is fs.ErrNotExist", err)
	}
}

func TestAFileThatIsNoConfigurationIsNotRead(t *testing.T) {
	_, err := Parse("access.log", bytes.Repeat([]byte("x: y\n"), 100_000), nil)
	want := "access.log:1:1: the file is larger than 256 KiB; is it the configuration?"
	if err == nil || err.Error() != want {
		t.Errorf("Parse: %v, want %s", err, want)
	}
}

func TestOfChoosesTheGranularity(t *testing.T) {
	if w := Default().Extract.MaxWindow; w.Of(flow.Hourly) != 31*24*time.Hour || w.Of(flow.Daily) != 366*24*time.Hour {
		t.Errorf("max_window %v, %v", w.Of(flow.Hourly), w.Of(flow.Daily))
	}
}

// The vendor's rate limit does not apply to an endpoint on this machine.
func TestRatesByEndpoint(t *testing.T) {
	for endpoint, local := range map[string]bool{
		"http://127.0.0.1:9100": true, "http://localhost:9100": true, "https://localhost": true,
		"http://[::1]:9100": true, "http://127.8.9.10": true,
		"https://mna.intl.tencentcloudapi.com": false, "https://127.0.0.1.example.com": false,
		"https://localhost.example.com": false, "https://10.0.0.1": false,
	} {
		for _, rate := range []string{"0.5", "20", "20.5", "100000"} {
			c, err := Parse("config.yaml", []byte(`accounts: [{endpoint: "`+endpoint+
				`", requests_per_second: `+rate+"}]"), environment(nil))
			if allowed := local || rate == "0.5" || rate == "20"; allowed != (err == nil) {
				t.Errorf("%s a second from %s: %v", rate, endpoint, err)
			}
			if err == nil {
				if again, err := Parse("again", c.YAML(), nil); err != nil ||
					again.Accounts[0].RequestsPerSecond != c.Accounts[0].RequestsPerSecond {
					t.Errorf("%s a second, printed and read again: %v", rate, err)
				}
			}
		}
	}
}
