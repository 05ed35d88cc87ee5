package e2e

import (
	"bytes"
	"context"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/cli"
)

// mention fails unless text contains every part.
func mention(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("the message does not say %q:\n%s", p, text)
		}
	}
}

func noEnv(string) (string, bool) { return "", false }

// Every mistake is told in one line that says what to do, has its exit code, and leaves nothing behind.
func TestBadInput(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	for _, c := range []struct {
		name string
		args []string
		code int
		says []string
	}{
		{"unknown command", []string{"bakfill"}, 2, []string{`there is no command "bakfill", did you mean backfill?`}},
		{"unknown flag", []string{"run", "--nonsense"}, 2, []string{"mnaflow run has no flag --nonsense"}},
		{"a word too many", []string{"run", "now"}, 2, []string{`"now"`}},
		{"no --from", []string{"backfill"}, 2, []string{"--from is missing", "2025-01-01"}},
		{"an impossible date", []string{"backfill", "--from", "2026-02-30"}, 2, []string{`--from "2026-02-30"`, "a date that exists"}},
		{"no date at all", []string{"backfill", "--from", "yesterday"}, 2, []string{`"yesterday"`, "-30d"}},
		{"--from after --to", []string{"backfill", "--from", "2026-11-10", "--to", "2026-11-05"}, 2, []string{"is not before --to"}},
		{"a future range", []string{"backfill", "--from", "2026-12-01"}, 2, []string{"lies in the future"}},
		{"a time out of reach", []string{"backfill", "--from", "1815-06-18"}, 2, []string{"2000 to 2100"}},
		{"an unknown region", []string{"run", "--region", "XX"}, 2, []string{`--region "XX" is not in the configuration, which has ALL, MC`}},
		{"an unknown account", []string{"run", "--account", "other"}, 2, []string{`--account "other"`, "main"}},
		{"--accept-missing alone", []string{"backfill", "--from", "-3d", "--accept-missing"}, 2, []string{"goes with --force"}},
		{"a log level", []string{"run", "--log-level", "loud"}, 2, []string{"debug, info, warn or error"}},
		{"a missing file", []string{"--config", "/nowhere/config.yaml", "run"}, 2, []string{"/nowhere/config.yaml"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := r.do(c.args...)
			if got.code != c.code || strings.Count(got.stderr, "\n") != 1 || got.stdout != "" {
				t.Errorf("want exit %d and one line on stderr: %s", c.code, got)
			}
			mention(t, got.stderr, c.says...)
		})
	}
	if n := r.sim.Stats().Received; n != 0 {
		t.Errorf("the API received %d requests", n)
	}
	if n := r.scalar("SELECT count() FROM run_states"); n != 0 {
		t.Errorf("%d runs were recorded", n)
	}
}

func TestMissingAndWrongCredentials(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	got := r.doEnv(t.Context(), noEnv, "run")
	if got.code != 2 {
		t.Errorf("want exit 2: %s", got)
	}
	mention(t, got.stderr, "account main", "TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not set")

	const wrong = "not-the-secret-key"
	got = r.doEnv(t.Context(), func(name string) (string, bool) {
		if name == "TENCENTCLOUD_SECRET_KEY" {
			return wrong, true
		}
		return keyEnv(name)
	}, "--log-level", "debug", "run")
	if got.code != 4 {
		t.Errorf("want exit 4: %s", got)
	}
	mention(t, got.stderr, "AuthFailure.SignatureFailure", "TENCENTCLOUD_SECRET_KEY", "request id")
	if n := strings.Count(got.stderr, "mnaflow: "); n != 1 {
		t.Errorf("the refusal is told %d times: %s", n, got)
	}
	if n := r.sim.Stats().Received; n != 1 {
		t.Errorf("%d requests were sent with a wrong key, want 1: the first window goes alone", n)
	}
	if n := r.scalar("SELECT count() FROM facts"); n != 0 {
		t.Errorf("%d facts were stored", n)
	}
	if strings.Contains(got.String(), wrong) {
		t.Error("the secret key is in the output")
	}
}

func TestWarehouseThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	want := func(name string, got result, says ...string) {
		t.Helper()
		if got.code != 5 || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%s: want exit 5 and one line: %s", name, got)
		}
		mention(t, got.stderr, says...)
	}
	want("missing tables", r.do("run"), "has no tables of mnaflow: run mnaflow migrate")
	r.must("migrate")
	if err := r.conn.Exec(t.Context(), "INSERT INTO schema_migrations VALUES (9999, 0, 1)"); err != nil {
		t.Fatal(err)
	}
	want("newer tables", r.do("run"), "version 9999, newer than this program's", "install a newer mnaflow")
	want("migrating newer tables", r.do("migrate"), "version 9999, newer than this program's")

	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	r.edit(r.db.Addr, addr)
	unreachable := []string{"ClickHouse at " + addr + " cannot be reached", "clickhouse.addresses"}
	for _, command := range []string{"migrate", "migrate status", "plan", "status", "verify"} { // somebody waits
		want("unreachable "+command, r.do(strings.Fields(command)...), unreachable...)
	}
	waits := 0
	r.wait = func(context.Context, time.Duration) error { waits++; return nil }
	for _, command := range []string{"run", "schedule"} { // these wait, and say so
		waits = 0
		got := r.do(command)
		told := lines(got.stderr)
		if got.code != 5 || waits < 20 || len(told) != waits+1 {
			t.Errorf("%s waits %d times, want it to wait and then exit 5: %s", command, waits, got)
		}
		mention(t, told[0], unreachable...)
		mention(t, told[len(told)-1], unreachable...)
	}
	if n := r.sim.Stats().Received; n != 0 {
		t.Errorf("the API received %d requests", n)
	}
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	server := chtest.Server(t, chlocal.Options{Users: []chlocal.User{{Name: "loader", Password: "right"}}})
	r := newRig(t, start, unlimited(), few)
	r.edit(r.db.Addr, server.TCPAddr())
	r.edit(credentials(r.db), "username: loader, password: wrong-one, database: traffic")
	got := r.do("migrate")
	if got.code != 5 || strings.Contains(got.String(), "wrong-one") {
		t.Errorf("want exit 5 and no password: %s", got)
	}
	mention(t, got.stderr, "refused user loader", "CLICKHOUSE_PASSWORD")
	r.edit("wrong-one", "right")
	r.must("migrate")
	r.must("run")
}

func TestTakenPorts(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, start, unlimited(), few)
	for _, args := range [][]string{{"simulate", "--listen", ln.Addr().String()}, {"warehouse", "--tcp-port", port}} {
		got := r.do(args...)
		if got.code != 2 || got.stdout != "" {
			t.Errorf("%v: want exit 2: %s", args, got)
		}
		mention(t, got.stderr, port, "taken", "choose another")
	}
}

func TestUnreachableAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	r.configure("http://"+addr, few+"  max_attempts: 1\n")
	got := r.do("run")
	if got.code != 3 {
		t.Errorf("want exit 3: %s", got)
	}
	mention(t, got.stderr, "the API cannot be reached", addr, "check the account's endpoint")
	if strings.Contains(got.stderr, "SDKError") {
		t.Errorf("the SDK's words are around it: %s", got)
	}
}

// full is a disk without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// Whoever calls a command must not take results for written that are lost.
func TestResultsThatAreLost(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), one)
	r.must("migrate")
	r.must("run")
	for _, command := range []string{
		"--help", "version", "config check", "migrate", "migrate status", "plan", "plan --output json", "status", "verify", "run",
		"explain --region MC --gateway-type public --traffic-type total --hour 2026-11-16T05:00:00Z",
	} {
		var stderr bytes.Buffer
		code := cli.Run(t.Context(), cli.World{Args: append([]string{"--config", r.config}, strings.Fields(command)...), Env: keyEnv, Stdout: full{}, Stderr: &stderr, Now: r.clock})
		if code != 1 || !strings.Contains(stderr.String(), "no space left") {
			t.Errorf("%s: exit %d, want 1 and the reason:\n%s", command, code, stderr.String())
		}
	}
}
