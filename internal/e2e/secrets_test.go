//go:build linux

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/cli"
)

// leaf is a command that does something.
type leaf struct {
	path  string
	args  []string
	until string // what it writes once there is no more to see
	alone bool   // it reads no configuration
}

// leaves lists every command there is. One that nobody thought of here is run without arguments.
func leaves() []leaf {
	known := map[string]leaf{
		"backfill":  {args: []string{"--from", "2026-11-10", "--force"}},
		"schedule":  {until: "msg=pass"},
		"warehouse": {until: "Stop it with", alone: true},
		"simulate":  {until: "stop it with", alone: true, args: []string{"--listen", "127.0.0.1:0"}},
		"demo":      {until: "$ mnaflow backfill", alone: true},
		"explain": {args: []string{
			"--account", "env", "--region", "MC", "--gateway-type", "public", "--traffic-type", "total",
			"--hour", "2026-11-16T05:00:00Z",
		}},
	}
	var out []leaf
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Runnable() && c.HasParent() {
			l := known[strings.TrimPrefix(c.CommandPath(), "mnaflow ")]
			l.path = strings.TrimPrefix(c.CommandPath(), "mnaflow ")
			out = append(out, l)
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	root := cli.Commands()
	root.InitDefaultCompletionCmd()
	walk(root)
	return out
}

// No secret comes out, whatever is run and however it fails.
func TestSecrets(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	runs := 0
	format := "json"
	all := func(situation string, codes ...int) {
		t.Helper()
		// The words are the same in both formats: at usual width each command takes turns.
		formats := []string{"text", "json"}
		if !fullWidth() {
			format = map[string]string{"text": "json", "json": "text"}[format]
			formats = []string{format}
		}
		for _, l := range leaves() {
			if l.alone && situation != "all is well" {
				continue
			}
			own := formats
			if l.until != "" || l.path == "probe" {
				own = []string{"text"} // the marks are those of text, and a probe takes its time
			}
			for _, format := range own {
				runs++
				got := v.attempt(situation, l, "--log-format", format)
				if l.path == "run" && !slices.Contains(codes, got.code) || got.code == 2 && codes[0] == 0 {
					t.Errorf("%s: %s ends with %d, want one of %d:\n%s", situation, l.path, got.code, codes, got.stdout)
				}
			}
		}
	}
	v.attempt("at first", leaf{path: "migrate"})
	all("all is well", 0)
	if len(v.secrets) < 8 {
		t.Errorf("only %d secrets are known: the role was never taken", len(v.secrets))
	}
	v.watched()
	v.listed()

	// Every fault of the API meets some account and attempt.
	if err := v.sim.AddFaults(apiFaults()...); err != nil {
		t.Fatal(err)
	}
	left := func(f apisim.FaultState) bool { return f.Remaining > 0 }
	for n := 0; slices.ContainsFunc(v.sim.Faults(), left); n++ {
		if n == 40 {
			t.Fatalf("faults are left: %+v", v.sim.Faults())
		}
		v.advance(25 * time.Hour)
		runs++
		v.attempt("faults of the API", leaf{path: "backfill", args: []string{"--from", "2026-11-10", "--force"}})
	}
	v.sim.ClearFaults()
	v.environment(secretWrong, secretPassword)
	v.advance(31 * time.Minute)
	all("a wrong key", 4)
	v.stored()

	v.environment(secretOfEnv, secretNoPassword)
	all("a wrong password", 5)
	v.environment(secretOfEnv, secretPassword)
	v.edit(v.db.Addr, closedPort(t))
	all("no warehouse", 5)
	runs += v.misconfigured()
	runs += v.ofTheHome()
	t.Logf("%d commands at debug level, %d KiB of output, tables, metrics and processes: %d secrets looked for",
		runs, v.searched>>10, len(v.secrets))
}

// apiFaults are the ways in which a request fails, each twice, so that it meets a first attempt or a repeated one, and
// as a key is taken.
func apiFaults() []apisim.Fault {
	var out []apisim.Fault
	for _, kind := range []string{
		apisim.FaultHTML502, apisim.FaultReset, apisim.FaultResetBody, apisim.FaultTruncate, apisim.FaultGarbage,
		apisim.FaultEmptyObject, apisim.FaultNullResponse, apisim.FaultHang,
	} {
		out = append(out, apisim.Fault{Kind: kind, Count: 2})
	}
	for _, code := range []string{
		"AuthFailure.SignatureFailure", "AuthFailure.SignatureExpire", "AuthFailure.TokenFailure",
		"AuthFailure.SecretIdNotFound", "UnauthorizedOperation", "RequestLimitExceeded", "InternalError",
		"InvalidParameter", "LimitExceeded",
	} {
		out = append(out, apisim.Fault{Code: code, Count: 2, Message: "the API's own words"},
			apisim.Fault{Code: code, Count: 1, Match: apisim.Match{Action: "AssumeRole"}})
	}
	return out
}

// watched searches what a schedule shows.
func (v *vault) watched() {
	v.t.Helper()
	w := v.watch()
	v.search("the log of schedule", w.next("msg=pass"))
	for _, path := range []string{"/metrics", "/healthz", "/readyz", "/"} {
		_, text := w.get(path)
		v.search(path, text)
	}
	w.stop()
}

// listed searches the process list while a load runs.
func (v *vault) listed() {
	v.t.Helper()
	v.advance(31 * time.Minute)
	cmd, ended := v.stay(childSpec{Args: []string{"run"}, Point: "before facts", Arrival: 1}, func(line string) {
		v.search("the output of a child", line)
	})
	processes, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(processes) < 2 {
		v.t.Errorf("%d processes, %v", len(processes), err)
	}
	for _, path := range processes {
		line, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		v.search(path, string(line))
	}
	_ = cmd.Process.Kill()
	<-ended
}

// stored searches every table and view.
func (v *vault) stored() {
	v.t.Helper()
	db := v.db.Conn(v.t)
	names, err := db.Query(v.t.Context(), "SELECT name FROM system.tables WHERE database = currentDatabase()")
	if err != nil {
		v.t.Fatal(err)
	}
	var tables []string
	for names.Next() {
		var name string
		if err := names.Scan(&name); err != nil {
			v.t.Fatal(err)
		}
		tables = append(tables, name)
	}
	if err := names.Err(); err != nil || len(tables) < 15 {
		v.t.Fatalf("%d tables, %v", len(tables), err)
	}
	for _, name := range tables {
		var text string
		from := name
		if strings.HasSuffix(name, "_as_of") {
			from += "(at = '2100-01-01')"
		}
		err := db.QueryRow(v.t.Context(), "SELECT arrayStringConcat(groupArray(formatRow('TSV', *))) FROM "+from).Scan(&text)
		if err != nil {
			v.t.Fatalf("%s: %v", name, err)
		}
		if v.search("table "+name, text); text == "" &&
			slices.Contains([]string{"facts", "ledger", "run_states", "extractions", "flow_hourly"}, name) {
			v.t.Errorf("%s is empty", name)
		}
	}
}

// misconfigured searches what is said of a file in which a secret stands where it should not, or as it should not.
func (v *vault) misconfigured() int {
	v.t.Helper()
	good, err := os.ReadFile(v.config)
	if err != nil {
		v.t.Fatal(err)
	}
	key := "secret_key: " + secretOfStatic
	faults := []string{
		"secret_kye: " + secretOfStatic, "secret_key: [" + secretOfStatic + "]", "secret_key: {a: " + secretOfStatic + "}",
		key + ", secret_key: " + secretWrong, `secret_key: "` + secretOfStatic, "secret_key: '" + secretOfStatic + `"`,
		"secret_key: @" + secretOfStatic, "secret_key: *" + secretOfStatic, "secret_key: !" + secretOfStatic + " x",
		`secret_key: "${NOWHERE}` + secretOfStatic + `"`, `secret_key: "${` + secretOfStatic + `"`,
		`secret_key: "${NOWHERE:-` + secretOfStatic + `${"`, "secret_key: " + secretOfStatic + ": x",
		"secret_key: |\n  " + secretOfStatic, key + "\n\t- x", "secret_key: \x01" + secretOfStatic,
		"secret_key: &" + secretOfStatic + " {}",
	}
	for _, fault := range faults {
		if err := os.WriteFile(v.config, bytes.Replace(good, []byte(key), []byte(fault), 1), 0o600); err != nil {
			v.t.Fatal(err)
		}
		for _, path := range []string{"config check", "run"} {
			if got := v.attempt(fmt.Sprintf("%q", fault[:14]), leaf{path: path}); got.code != 2 && got.code != 5 {
				v.t.Errorf("%s with %q ends with %d", path, fault, got.code)
			}
		}
	}
	return 2 * len(faults)
}

// ofTheHome searches what is said where the key stands in the vendor's credentials file, as it should and not. The SDK
// reads it from the home of the process, so each command is one.
func (v *vault) ofTheHome() (runs int) {
	v.t.Helper()
	home := v.t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".tencentcloud"), 0o700); err != nil {
		v.t.Fatal(err)
	}
	v.env = func(name string) (string, bool) {
		content, ok := map[string]string{"HOME": home, "CLICKHOUSE_PASSWORD": secretPassword}[name]
		return content, ok
	}
	for _, source := range []string{"profile", "chain"} {
		v.configured(`  - {name: home, endpoint: "` + v.front + `", credentials: {source: ` + source + "}}\n")
		for i, c := range []struct {
			profile string
			code    int
		}{
			{"[default]\nsecret_id = AKIDprofile\nsecret_key = " + secretOfProfile + "\n", 0},
			{"[default]\nsecret_id = AKIDstrange\nsecret_key = " + secretOfProfile + "\n", 4},
			{"[default]\nsecret_id = \nsecret_key = " + secretOfProfile + "\n", 2},
			{"[default]\nsecret_kye = " + secretOfProfile + "\n", 2},
			{"[other]\nsecret_id = AKIDprofile\nsecret_key = " + secretOfProfile + "\n", 2},
			{"secret_key " + secretOfProfile + "\n", 2},
		} {
			if err := os.WriteFile(filepath.Join(home, ".tencentcloud", "credentials"), []byte(c.profile), 0o600); err != nil {
				v.t.Fatal(err)
			}
			commands := []string{"backfill --from 2026-11-16 --force", "status", "config check"}
			if !fullWidth() && (source == "chain" || i > 1) {
				commands = commands[:1] // the others read no key
			}
			for _, command := range commands {
				runs++
				cmd, out := v.spawn(v.t.Context(), childSpec{Args: strings.Fields(command)})
				<-begin(v.t, cmd)
				v.search(fmt.Sprintf("%s, %q, %s", source, c.profile, command), out.String())
				if code := cmd.ProcessState.ExitCode(); strings.HasPrefix(command, "backfill") && code != c.code {
					v.t.Errorf("%s, %q, backfill ends with %d, want %d:\n%s", source, c.profile, code, c.code, out)
				}
			}
		}
	}
	return runs
}
