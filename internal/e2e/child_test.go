//go:build linux

package e2e

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/cli"
)

// childEnv makes this test binary one command of mnaflow and carries its childSpec. The program itself knows nothing of
// it.
const childEnv = "MNAFLOW_TEST_CHILD"

// childSpec is a command that runs in a process of its own, with the clock and the end that a test gives it.
type childSpec struct {
	Args    []string
	Now     time.Time // where its clock stands
	Point   string    // where it ends, see points.go; empty: nowhere
	Arrival int       // the how manieth time it gets there
	Pause   bool      // it says "paused" and stays there for ever, instead of killing itself
}

func TestMain(m *testing.M) {
	if text, ok := os.LookupEnv(childEnv); ok {
		os.Exit(childMain(text))
	}
	// Most tests wait for the pace and the warehouse more than they work. A -parallel on the command line wins.
	if err := flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func childMain(text string) int {
	var c childSpec
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		panic(err)
	}
	var mu sync.Mutex
	arrivals := 0
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	return cli.Run(ctx, cli.World{
		Args: c.Args, Env: os.LookupEnv, Stdout: os.Stdout, Stderr: os.Stderr, Now: func() time.Time { return c.Now },
		Trace: reaching(func(point string) {
			if point != c.Point {
				return
			}
			mu.Lock()
			defer mu.Unlock() // nobody passes whoever stays here
			if arrivals++; arrivals != c.Arrival {
				return
			}
			if !c.Pause {
				_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
			}
			_, _ = os.Stdout.WriteString("paused\n")
			select {}
		}),
	})
}

// spawn makes a child of the rig's installation, which the end of ctx kills. Its output goes to the returned text.
func (r *rig) spawn(ctx context.Context, c childSpec) (*exec.Cmd, *strings.Builder) {
	r.t.Helper()
	c.Args = append([]string{"--config", r.config}, c.Args...)
	if c.Now.IsZero() {
		c.Now = r.clock()
	}
	spec, err := json.Marshal(c)
	if err != nil {
		r.t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		r.t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = []string{childEnv + "=" + string(spec)}
	for _, name := range []string{
		"TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "CLICKHOUSE_PASSWORD", "STATIC_TOKEN", "HOME",
		"TKE_REGION", "TKE_PROVIDER_ID", "TKE_ROLE_ARN", "TKE_WEB_IDENTITY_TOKEN_FILE",
	} {
		if v, ok := r.env(name); ok {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd, &out
}

// begin starts a process; the returned channel is closed when it has ended.
func begin(t *testing.T, cmd *exec.Cmd) (ended chan struct{}) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended = make(chan struct{})
	go func() {
		_ = cmd.Wait() // who cares how it ended looks at its state
		close(ended)
	}()
	return ended
}

// stay starts a child that is to pause, and waits for it to do so. Each line that it writes until then goes to see.
func (r *rig) stay(c childSpec, see func(line string)) (cmd *exec.Cmd, ended chan struct{}) {
	r.t.Helper()
	c.Pause = true
	cmd, _ = r.spawn(r.t.Context(), c)
	lines := make(journal, 1<<10)
	cmd.Stdout, cmd.Stderr = lines, lines
	ended = begin(r.t, cmd)
	for {
		select {
		case line := <-lines:
			if see(line); line == "paused\n" {
				return cmd, ended
			}
		case <-ended:
			r.t.Fatalf("it ended before it came to %q: %v", c.Point, cmd.ProcessState)
		}
	}
}

// killed says whether a process was ended by SIGKILL.
func killed(cmd *exec.Cmd) bool {
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}
