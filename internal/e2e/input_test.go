package e2e

import (
	"bytes"
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/cli"
	"github.com/mnaflow/mnaflow/internal/exit"
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

// A wrong key is tried once, and told once.
func TestWrongCredentials(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	const wrong = "not-the-secret-key"
	got := r.doEnv(t.Context(), func(name string) (string, bool) {
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
	addr := closedPort(t)
	r.edit(r.db.Addr, addr)
	unreachable := []string{"ClickHouse at " + addr + " cannot be reached", "clickhouse.addresses"}
	for _, command := range []string{"migrate", "migrate status", "plan", "status", "verify"} { // somebody waits
		got := r.do(strings.Fields(command)...)
		if got.code != 5 || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%s: want exit 5 and one line: %s", command, got)
		}
		mention(t, got.stderr, unreachable...)
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

func TestUnreachableAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	addr := closedPort(t)
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

// A variable that is not set must not turn a selector into one that selects everything.
func TestEmptySelectors(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	for _, selector := range []string{"account", "granularity", "region", "traffic-type", "gateway-type"} {
		for _, command := range []string{"run", "backfill --force --from -3d", "plan", "verify"} {
			got := r.do(append(strings.Fields(command), "--"+selector, "")...)
			if got.code != exit.Usage {
				t.Errorf("%s --%s '': want exit 2: %s", command, selector, got)
			}
			mention(t, got.stderr, "--"+selector+" is empty: name some of ", ", or leave it out for all")
		}
	}
	if n := r.sim.Stats().Received; n != 0 {
		t.Errorf("empty selectors cost %d requests", n)
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
		"--help", "version", "config check", "migrate", "migrate status", "plan", "plan --output json", "status",
		"verify", "run",
		"explain --region MC --gateway-type public --traffic-type total --hour 2026-11-16T05:00:00Z",
	} {
		var stderr bytes.Buffer
		code := cli.Run(t.Context(), cli.World{
			Args: append([]string{"--config", r.config}, strings.Fields(command)...), Env: keyEnv, Stdout: full{},
			Stderr: &stderr, Now: r.clock,
		})
		if code != 1 || !strings.Contains(stderr.String(), "no space left") {
			t.Errorf("%s: exit %d, want 1 and the reason:\n%s", command, code, stderr.String())
		}
	}
}
