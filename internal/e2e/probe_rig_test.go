package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/probe"
)

// probeRig is what a probe needs: a simulated API and a configuration file. The warehouse that it names does not exist.
type probeRig struct {
	rig
	endpoint string
}

func newProbeRig(t *testing.T, settings apisim.Settings, wait func(context.Context, time.Duration) error) *probeRig {
	t.Helper()
	r := &probeRig{rig: rig{t: t, now: start, config: filepath.Join(t.TempDir(), "config.yaml"), env: keyEnv}}
	r.sim = apisim.New(apisim.Options{
		SecretID: apisim.DefaultID, SecretKey: apisim.DefaultSecret, Seed: 1, Settings: settings, Now: r.clock, Wait: wait,
	})
	r.endpoint = serve(t, r.sim)
	r.write("", "")
	return r
}

// write writes the file with lines for its account and lines for its end.
func (r *probeRig) write(account, rest string) {
	r.t.Helper()
	file := fmt.Sprintf("accounts:\n  - name: main\n    endpoint: %s\n    requests_per_second: 20\n"+
		"%sclickhouse: {addresses: [\"127.0.0.1:1\"]}\n%s", r.endpoint, account, rest)
	if err := os.WriteFile(r.config, []byte(file), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// follow puts the lines that a probe printed into the file.
func (r *probeRig) follow(lines string) {
	account, rest := "", lines
	if after, ok := strings.CutPrefix(lines, "accounts:\n  - name: main\n"); ok {
		account, rest, _ = strings.Cut(after, "extract:\n")
		if rest != "" {
			rest = "extract:\n" + rest
		}
	}
	r.write(account, rest)
}

// probe runs the command and reads what it prints for scripts. It checks what holds for every probe.
func (r *probeRig) probe(code int, args ...string) (probe.Results, result) {
	r.t.Helper()
	r.sim.ResetStats()
	got := r.do(append([]string{"probe", "--output", "json"}, args...)...)
	if got.code != code {
		r.t.Fatalf("want exit %d: %s", code, got)
	}
	var found probe.Results
	if err := json.Unmarshal([]byte(got.stdout), &found); err != nil {
		r.t.Fatalf("%v: %s", err, got)
	}
	ids := map[string]bool{}
	for _, q := range r.sim.Requests(0) {
		ids[q.RequestID] = true
	}
	for _, a := range found.Accounts {
		for _, f := range a.Findings {
			for _, id := range f.Requests {
				if !ids[id] {
					r.t.Errorf("%s names the request %s, which never was", f.Name, id)
				}
			}
			if f.State == probe.Found && len(f.Requests) == 0 {
				r.t.Errorf("%s names no request that shows it: %s", f.Name, f.Result)
			}
			if strings.Contains(f.Result, "%!") || strings.Contains(f.Result, "<nil>") {
				r.t.Errorf("%s: %s", f.Name, f.Result)
			}
		}
	}
	if n := r.sim.Stats().Received; len(found.Accounts) == 1 && n != found.Accounts[0].Requests {
		r.t.Errorf("it says that it sent %d requests, the API received %d", found.Accounts[0].Requests, n)
	}
	r.narrow(found)
	return found, got
}

// narrow checks that people see the findings within 80 columns.
func (r *probeRig) narrow(found probe.Results) {
	r.t.Helper()
	var table bytes.Buffer
	found.Print(&table)
	for line := range strings.SplitSeq(table.String(), "\n") {
		if n := utf8.RuneCountInString(line); n > 80 {
			r.t.Errorf("a line of %d columns: %s", n, line)
		}
	}
}

// finding is one finding of the only account.
func finding(t *testing.T, f probe.Results, name string) probe.Finding {
	t.Helper()
	for _, finding := range f.Accounts[0].Findings {
		if finding.Name == name {
			return finding
		}
	}
	t.Fatalf("there is no finding %q", name)
	return probe.Finding{}
}
