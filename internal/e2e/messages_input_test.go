package e2e

import (
	"bytes"
	"net"
	"os"
	"path/filepath"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/cli"
)

// commandLine has slips of the fingers. None needs the warehouse.
func (s *stage) commandLine() {
	s.scene("Slips in a command")
	s.does("rnu", "xyzzy", "help verfy", "help migrate staus", "help run now", "config chek", "completion foo",
		"migrate staus", "run now", "run --regoin MC", "run --region", "run --nonsense",
		"backfill --force=perhaps --from -3d")
	s.scene("Values of flags")
	s.does("run --region XX", "run --account other", "verify --region ''",
		"run --log-level loud", "run --log-format xml", "plan --output ja",
		"backfill", "backfill --from 2026-02-30", "backfill --from yesterday", "backfill --from 2026-11-10 --to 2026-11-05",
		"backfill --from 2026-12-01", "backfill --from 1815-06-18", "backfill --from -3d --accept-missing",
		"plan --to yesterday", "migrate --print-reader-sql ''", "simulate --set '{'", `simulate --set '{"latncy":"1s"}'`,
		`simulate --set '{"retention_mode":"never","rate":-1}'`, "simulate --now noon")
	s.scene("Which number explain is to tell")
	const whole = "explain --region MC --traffic-type total --gateway-type public "
	s.does(whole, whole+"--hour -3h --day 2026-11-17", whole+"--hour 2027-01-01", whole+"--day yesterday",
		"explain --region XX --traffic-type total --gateway-type public --day 2026-11-17",
		"explain --account other --region MC --traffic-type total --gateway-type public --day 2026-11-17",
		"explain --region MC --gateway-type public --day 2026-11-17")
	s.scene("Results that cannot be written")
	var stderr bytes.Buffer
	code := cli.Run(s.t.Context(), cli.World{
		Args: []string{"version"}, Env: noEnv, Stdout: full{}, Stderr: &stderr, Now: s.clock,
	})
	s.note("version > /dev/full", result{code: code, stderr: stderr.String()})
}

// configuration has faults of the file; package config has each of them in a test of its own.
func (s *stage) configuration() {
	s.scene("The configuration file")
	s.does("--config nowhere.yaml run")
	was := s.config
	for _, text := range []string{
		"", "accounts: [\nextract: {}\n", "extract:\n\tstart: 2025-01-01\n", "clickhouse: {password: ${SECRET}}\n", `
accounts:
  - {name: main, time_zone: UTC+8, requests_per_second: 25, endpoint: "http://mna.intl.tencentcloudapi.com"}
  - {name: main, credentials: {source: static, secret_id: "${NO_ID}"}}
extract:
  start: last year
  regionss: [EU]
  regions: [EUR, MC, MC]
  finality: 1h
  max_window: {hourly: 90m}
clickhouse:
  addresses: 127.0.0.1:9000
  tls: {enabled: yes, cert_file: a.pem}
schedule:
  - {name: hourly, cron: "61 * * * *"}
server: {listen: 8080}
log:
timeout: 30s
`,
	} {
		s.config = filepath.Join(s.t.TempDir(), "config.yaml")
		s.replace(s.config, "config.yaml")
		if err := os.WriteFile(s.config, []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
		s.does("config check")
	}
	s.config = was
	s.scene("A start in the future")
	s.where("start: 2026-11-10", "start: 2027-01-01", "config check", "run")
	s.scene("Files of TLS")
	folder := s.t.TempDir()
	s.replace(folder, "/etc/mnaflow")
	other := filepath.Join(folder, "notes.txt")
	if err := os.WriteFile(other, []byte("not a certificate\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	for _, tls := range []string{`ca_file: "` + folder + `/ca.pem"`, `ca_file: "` + other + `"`,
		`cert_file: "` + other + `", key_file: "` + other + `"`} {
		s.where("password: ", "tls: {enabled: true, "+tls+"}, password: ", "status")
	}
}

// secrets has what can be wrong with a key before it is used. (The vendor's SDK reads ~/.tencentcloud itself.)
func (s *stage) secrets() {
	s.scene("Keys, before any request")
	s.with(map[string]string{"TENCENTCLOUD_SECRET_ID": "", "TENCENTCLOUD_SECRET_KEY": ""}, "run")
	s.with(map[string]string{"TENCENTCLOUD_SECRET_KEY": ""}, "run")
	s.with(map[string]string{"TENCENTCLOUD_SECRET_ID": apisim.DefaultID + "\n"}, "run")
	s.with(map[string]string{"TENCENTCLOUD_TOKEN": "a\tb"}, "run")
	s.with(map[string]string{"HTTPS_PROXY": "::secret::"}, "run")
	s.where("{name: main,", "{name: main, credentials: {source: oidc},", "run")
}

// ports has addresses and folders that cannot be used.
func (s *stage) ports() {
	s.scene("Ports and folders")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	s.replace(port, "9100")
	s.does("simulate --listen "+ln.Addr().String(), "simulate --listen nowhere", "simulate --listen 192.0.2.1:9100",
		"warehouse --tcp-port "+port, "warehouse --tcp-port 9000 --http-port 9000", "warehouse --tcp-port 99999",
		"warehouse --path testdata", "warehouse --reader no-name")
	s.where("127.0.0.1:0", ln.Addr().String(), "schedule")
}
