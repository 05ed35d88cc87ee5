package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/cli"
)

// rig is a whole installation: a database of its own, a simulated API, a configuration file and a clock that the test
// sets.
type rig struct {
	t        *testing.T
	db       chtest.DB
	conn     driver.Conn
	sim      *apisim.Simulator
	config   string // path
	endpoint string // of the simulator
	env      func(string) (string, bool)

	settleAt map[string]time.Duration                   // as configured
	also     []string                                   // accounts beside main that ask the same simulator for the same
	wait     func(context.Context, time.Duration) error // between tries; nil: a timer

	mu  sync.Mutex
	now time.Time
}

// newRig starts an installation. Data and program share a clock that stands at now; extract is the configuration's
// section of that name, with an indent of two; wait, if given, is how the simulator waits for its latency.
func newRig(
	t *testing.T, now time.Time, settings apisim.Settings, extract string,
	wait ...func(context.Context, time.Duration) error,
) *rig {
	t.Helper()
	return newRigOn(t, chtest.Open(t), now, settings, extract, wait...)
}

// newRigOn starts an installation on a database that there is.
func newRigOn(
	t *testing.T, db chtest.DB, now time.Time, settings apisim.Settings, extract string,
	wait ...func(context.Context, time.Duration) error,
) *rig {
	t.Helper()
	r := &rig{t: t, db: db, now: now, config: filepath.Join(t.TempDir(), "config.yaml"), env: keyEnv,
		settleAt: map[string]time.Duration{"hourly": 15 * time.Minute, "daily": 2 * time.Hour}}
	r.conn = r.db.Conn(t)
	options := apisim.Options{
		SecretID: apisim.DefaultID, SecretKey: apisim.DefaultSecret, Seed: 1, Settings: settings, Now: r.clock,
	}
	for _, w := range wait {
		options.Wait = w
	}
	r.sim = apisim.New(options)
	r.endpoint = serve(t, r.sim)
	r.configure(r.endpoint, extract)
	return r
}

// serve runs a simulator until the test ends and returns its endpoint.
func serve(t *testing.T, sim *apisim.Simulator) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- apisim.Serve(ctx, ln, sim) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return "http://" + ln.Addr().String()
}

// closedPort is an address on which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func (r *rig) configure(endpoint, extract string) {
	r.t.Helper()
	file := fmt.Sprintf(`accounts:
  - {name: main, endpoint: "%s", requests_per_second: 20}
extract:
%s
clickhouse: {addresses: ["%s"], %s}
server: {listen: "127.0.0.1:0"}
`, endpoint, strings.Trim(extract, "\n"), r.db.Addr, credentials(r.db))
	if err := os.WriteFile(r.config, []byte(file), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// credentials is how a configuration names a database and the password for it.
func credentials(db chtest.DB) string {
	return fmt.Sprintf("password: %q, database: %s", db.Password, db.Name)
}

// moveTo points the configuration at another server; the database there may have another name.
func (r *rig) moveTo(db chtest.DB) {
	r.t.Helper()
	r.edit(r.db.Addr, db.Addr)
	r.edit(credentials(r.db), credentials(db))
}

// edit changes the configuration file.
func (r *rig) edit(old, replacement string) {
	r.t.Helper()
	data, err := os.ReadFile(r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	if !strings.Contains(string(data), old) {
		r.t.Fatalf("the configuration does not contain %q:\n%s", old, data)
	}
	if err := os.WriteFile(r.config, []byte(strings.Replace(string(data), old, replacement, 1)), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) advance(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// result is what one command printed and returned.
type result struct {
	code           int
	stdout, stderr string
}

func (r result) String() string {
	return fmt.Sprintf("exit %d\n--- stdout\n%s--- stderr\n%s", r.code, r.stdout, r.stderr)
}

// key is the environment that holds the simulator's key.
func keyEnv(name string) (string, bool) {
	v, ok := map[string]string{
		"TENCENTCLOUD_SECRET_ID":  apisim.DefaultID,
		"TENCENTCLOUD_SECRET_KEY": apisim.DefaultSecret,
	}[name]
	return v, ok
}

// do runs a command of mnaflow in this process.
func (r *rig) do(args ...string) result {
	r.t.Helper()
	return r.doEnv(r.t.Context(), r.env, args...)
}

func (r *rig) doEnv(ctx context.Context, env func(string) (string, bool), args ...string) result {
	r.t.Helper()
	var stdout, stderr bytes.Buffer
	code := cli.Run(ctx, cli.World{
		Args: args, Config: r.config, Env: env, Stdout: &stdout, Stderr: &stderr, Now: r.clock,
		Wait: r.wait,
	})
	return result{code, stdout.String(), stderr.String()}
}

// must runs a command that succeeds.
func (r *rig) must(args ...string) result {
	r.t.Helper()
	got := r.do(args...)
	if got.code != 0 {
		r.t.Fatalf("mnaflow %s: %s", strings.Join(args, " "), got)
	}
	return got
}

// sent runs a command that succeeds and returns how many requests the API received.
func (r *rig) sent(args ...string) int {
	r.t.Helper()
	r.sim.ResetStats()
	r.must(args...)
	return r.sim.Stats().Received
}

// scalar asks the warehouse for one number.
func (r *rig) scalar(query string, args ...any) uint64 {
	r.t.Helper()
	var n uint64
	if err := r.conn.QueryRow(r.t.Context(), "SELECT toUInt64(("+query+"))", args...).Scan(&n); err != nil {
		r.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// hurry stands for the waits between tries where a test has no use for the time: what gives up after minutes does so at
// once.
func hurry(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func lines(s string) []string { return strings.Split(strings.TrimSuffix(s, "\n"), "\n") }
