package config

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/robfig/cron/v3"
	"pgregory.net/rapid"
)

func TestAllFaultsAtOnce(t *testing.T) {
	_, err := Parse("config.yaml", []byte(`
accounts:
  - {name: a, time_zone: Mars/Phobos}
  - {name: a, requests_per_second: 21, credentials: {source: static}}
extract: {regions: [EUR], start: 2025-02-30, colour: blue}
clickhouse: {password: "${NOWHERE}", tls: {cert_file: a}}
schedule: [{name: b, cron: never}]
sever: {}
log: {level: loud}
log: {}
`), environment(nil))
	faults, _ := errors.AsType[Faults](err)
	var keys []string
	for _, f := range faults {
		keys = append(keys, f.Key)
	}
	want := []string{
		"accounts[0].time_zone", "accounts[1].name", "accounts[1].requests_per_second",
		"accounts[1].credentials.secret_id", "accounts[1].credentials.secret_key",
		"extract.regions[0]", "extract.start", "extract.colour", "clickhouse.password",
		"clickhouse.tls.cert_file", "schedule[0].cron", "sever", "log.level", "log",
	}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("keys with faults, from top to bottom (-want +got):\n%s\n%v", diff, err)
	}
}

func TestDurationsPrintAsTheyAreRead(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "15m": 15 * time.Minute, "1h30m": 90 * time.Minute, "5d": 120 * time.Hour,
		"1d12h": 36 * time.Hour, "24h": 24 * time.Hour,
		"0d": 0, "1.5h": 90 * time.Minute, "1d1s": 24*time.Hour + time.Second,
	} {
		if got, err := parseDuration(text); err != nil || got != want {
			t.Errorf("%s is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "5", "5D", "1.5d", "+5m", "1d-1h", "1d+1h", "5d ", " 5d", "1h1d", "1dd",
		"-1d", "--1h", "1d.5h", "µ"} {
		if got, err := parseDuration(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom([]time.Duration{time.Nanosecond, time.Millisecond, time.Second, time.Minute,
			time.Hour, 24 * time.Hour}).Draw(t, "unit")
		d := time.Duration(rapid.Int64Range(0, int64(longest/unit)).Draw(t, "n")) * unit
		if got, err := parseDuration(formatDuration(d)); err != nil || got != d {
			t.Fatalf("%v is printed as %s and read as %v, %v", d, formatDuration(d), got, err)
		}
	})
}

func TestAnyTextPrintsAsItIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		content := map[string]string{"A": rapid.String().Draw(t, "A"),
			"B": rapid.StringOf(rapid.SampledFrom([]rune(`$${}:-#'"\&*!|>%@ ~0x1eE.+nulltrue,[]?`))).Draw(t, "B")}
		c, err := Parse("config.yaml", []byte("clickhouse: {username: \"${A}\", tls: {ca_file: \"${B}\"}}"),
			environment(content))
		if err != nil {
			return // an invalid user name: another test covers it
		}
		if c.ClickHouse.TLS.CAFile != content["B"] || c.ClickHouse.Username != content["A"] {
			t.Fatalf("%q is read as %q, %q", content, c.ClickHouse.Username, c.ClickHouse.TLS.CAFile)
		}
		again, err := Parse("again", c.YAML(), nil)
		if diff := cmp.Diff(c, again, options); err != nil || diff != "" {
			t.Fatalf("%v, printed and read again (-want +got):\n%s", err, diff)
		}
	})
}

func TestNearest(t *testing.T) {
	known := []string{"regions", "traffic_types", "timeout", "EU", "role_arn", "role_name"}
	for text, want := range map[string]string{
		"regionss": "regions", "Regions": "regions", "reigons": "regions", "time_out": "timeout",
		"trafic_type": "traffic_types", "EUR": "EU",
		"eu": "EU", "role": "", "x": "", "": "", "colour": "", strings.Repeat("r", 10000): "", "région": "",
	} {
		if got := Nearest(text, known); got != want {
			t.Errorf("%q is near %q, want %q", text, got, want)
		}
	}
}

// FuzzParse: no file makes Parse panic. It gives either faults that each have a place, or a configuration within its
// bounds that Parse reads back from its printed form.
func FuzzParse(f *testing.F) {
	example, err := os.ReadFile(filepath.Join("..", "..", "config.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example)
	f.Add(Default().YAML())
	for _, test := range allFaulty() {
		f.Add([]byte(test.file))
	}
	f.Add([]byte("accounts: &a [*a]\nextract: &e {settle: *e}\n"))
	f.Add([]byte("schedule: [{name: a, cron: 'TZ=UTC'}, {name: b, cron: 'CRON_TZ=Asia/Shanghai  5 4 * * *'}]"))
	f.Add([]byte("clickhouse: {username: '${A}', password: '$$${B:-${C}}', tls: {ca_file: \"\u2028\ufeff\"}}"))
	f.Add([]byte("accounts: [{credentials: {source: assume-role, role_arn: 'qcs::cam::x', duration: 90m, endpoint: " +
		"'http://[::1]:80/'}}]"))
	env := environment(map[string]string{"A": "a", "B": "", "N": "7"})
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("f", data, env)
		if err != nil {
			faults, ok := errors.AsType[Faults](err)
			if !ok || len(faults) == 0 {
				t.Fatalf("an error without faults: %v", err)
			}
			for _, fault := range faults {
				if fault.Line < 1 || fault.Column < 1 || strings.ContainsAny(fault.String(), "\n\r") {
					t.Errorf("no place, or not one line: %+v", fault)
				}
			}
			return
		}
		again, err := Parse("again", c.YAML(), nil)
		if err != nil {
			t.Fatalf("its own printing is faulty: %v\n%s", err, c.YAML())
		}
		mask := cmp.Transformer("mask", func(s Secret) string { return s.String() })
		if diff := cmp.Diff(c, again, options, mask); diff != "" {
			t.Errorf("printed and read again (-want +got):\n%s", diff)
		}
		if !bytes.Equal(c.YAML(), again.YAML()) {
			t.Errorf("printed twice:\n%s\n%s", c.YAML(), again.YAML())
		}
		if len(c.Accounts) == 0 || len(c.Extract.Regions) == 0 || c.Extract.Finality < c.Extract.Settle.Daily ||
			c.Extract.MaxWindow.Hourly < time.Hour {
			t.Errorf("out of bounds: %+v", c)
		}
		for _, e := range c.Schedule {
			if _, err := cron.ParseStandard(e.Cron); err != nil {
				t.Errorf("an entry that cron refuses: %v", err)
			}
		}
	})
}
