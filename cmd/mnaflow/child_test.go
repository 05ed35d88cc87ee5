//go:build linux

package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// childEnv makes this test binary one command of mnaflow and carries its childSpec. The program itself knows nothing of it.
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
	os.Exit(m.Run())
}

func childMain(text string) int {
	var c childSpec
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		panic(err)
	}
	var mu sync.Mutex
	arrivals := 0
	return interruptible(world{
		args: c.Args, env: os.LookupEnv, stdout: os.Stdout, stderr: os.Stderr, now: func() time.Time { return c.Now },
		reached: func(point string) {
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
		},
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
	for _, name := range []string{"TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "CLICKHOUSE_PASSWORD", "STATIC_TOKEN"} {
		if v, ok := r.env(name); ok {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd, &out
}

// killed says whether a process was ended by SIGKILL.
func killed(cmd *exec.Cmd) bool {
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}
