//go:build linux && amd64 && !noembedded

package chlocal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
)

// parent runs this test binary as one that starts a server, with tmp for its temporary folder.
func parent(t *testing.T, tmp string) (cmd *exec.Cmd, server int, httpAddr string) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), parentEnv+"=1", "TMPDIR="+tmp)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() })
	if _, err := fmt.Fscanln(out, &server, &httpAddr); err != nil {
		t.Fatalf("the parent's server did not start: %v", err)
	}
	return cmd, server, httpAddr
}

// eventually polls, because no signal reaches us from a process that is not our child.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

func gone(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

func empty(t *testing.T, dir string) bool {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(left) == 0
}

func TestServerEndsWithItsKilledParent(t *testing.T) {
	tmp := t.TempDir()
	cmd, server, addr := parent(t, tmp)
	// Merges in the background keep its folder busy.
	getFrom(t, addr, parentPassword, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a PARTITION BY a % 50")
	getFrom(t, addr, parentPassword, "INSERT INTO t SELECT number FROM numbers(100000)")
	if empty(t, tmp) || gone(server) {
		t.Fatal("nothing to remove: the test proves nothing")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server process ends", func() bool { return gone(server) })
	eventually(t, "the temporary folder is removed", func() bool { return empty(t, tmp) })
}

// When both are killed at once, as by the kernel's out-of-memory killer, the next start cleans.
func TestNextStartRemovesWhatKilledServersLeft(t *testing.T) {
	tmp := t.TempDir()
	_, other, _ := parent(t, tmp)
	cmd, server, _ := parent(t, tmp)
	if err := syscall.Kill(server, syscall.SIGSTOP); err != nil { // or it would clean
		t.Fatal(err)
	}
	if err := errors.Join(cmd.Process.Kill(), syscall.Kill(server, syscall.SIGKILL)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server process ends", func() bool { return gone(server) })
	cache := cacheDir(t)
	t.Setenv("TMPDIR", tmp)
	s := chtest.Server(t, chlocal.Options{CacheDir: cache})
	left, err := filepath.Glob(filepath.Join(tmp, "*"))
	if err != nil || len(left) != 2 {
		t.Errorf("folders %v, %v: want those of the two living servers", left, err)
	}
	if gone(other) {
		t.Error("a living server's folder was swept")
	}
	alive(t, s)
}
