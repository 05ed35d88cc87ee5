//go:build linux

package e2e

import (
	"context"
	"net"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
)

// A signal makes a load stop asking and store what has arrived, and the next run goes on from there; it makes a
// schedule end well.
func TestSignals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		args   []string
		signal syscall.Signal
		code   int
	}{
		{"backfill, SIGINT", []string{"backfill", "--from", "2026-11-01"}, syscall.SIGINT, 130},
		{"run, SIGTERM", []string{"run"}, syscall.SIGTERM, 130},
		{"schedule, SIGTERM", []string{"schedule"}, syscall.SIGTERM, 0},
		{"schedule, SIGINT", []string{"schedule"}, syscall.SIGINT, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			asked := make(chan struct{})
			var answered atomic.Int32
			settings := unlimited()
			settings.Latency = apisim.Duration(time.Millisecond)
			r := newRig(t, start, settings, few, func(ctx context.Context, _ time.Duration) error {
				if answered.Add(1) == 4 {
					close(asked)
					<-ctx.Done() // this one is never answered
				}
				return ctx.Err()
			})
			r.must("migrate")
			cmd, out := r.spawn(t.Context(), childSpec{Args: c.args})
			ended := begin(t, cmd)
			select {
			case <-asked:
			case <-ended:
				t.Fatalf("it ended before the signal:\n%s", out)
			}
			if code := signalled(t, cmd, ended, c.signal); code != c.code {
				t.Errorf("exit %d, want %d:\n%s", code, c.code, out)
			}
			stored := r.scalar("SELECT count() FROM extractions WHERE state = 'accepted'")
			if stored == 0 || stored > 7 {
				t.Errorf("%d windows are stored of 8, one of which was never answered", stored)
			}
			const recorded = "state = 'interrupted' AND exit_code = 130 AND finished_at IS NOT NULL"
			if n := r.scalar("SELECT count() FROM runs WHERE " + recorded); n != 1 {
				t.Errorf("%d runs are recorded as interrupted, want 1", n)
			}
			if n := r.sent("run"); n != 8-int(stored) {
				t.Errorf("the next run sent %d requests, want the %d windows that are left", n, 8-stored)
			}
			r.check(start)
		})
	}
}

// signalled sends a signal and returns the exit code of the process, -1 if the signal itself ended it, which leaves
// within its time.
func signalled(t *testing.T, cmd *exec.Cmd, ended <-chan struct{}, signal syscall.Signal) int {
	t.Helper()
	if err := cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(leaving):
		t.Errorf("it is still there %s after the signal", leaving)
		_ = cmd.Process.Kill()
		<-ended
	}
	return cmd.ProcessState.ExitCode()
}

// A second signal ends the process at once, wherever it is: here it has an insert to finish that never ends.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	cmd, ended := r.stay(childSpec{Args: []string{"run"}, Point: "before facts", Arrival: 1}, func(string) {})
	again := time.NewTicker(20 * time.Millisecond) // the second one counts once the first has been understood
	defer again.Stop()
	for signals, deadline := 0, time.After(leaving); ; {
		select {
		case <-again.C:
			signals++
			_ = cmd.Process.Signal(syscall.SIGINT)
			continue
		case <-ended:
		case <-deadline:
			_ = cmd.Process.Kill()
			t.Fatalf("it is still there after %d signals", signals)
		}
		status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if !status.Signaled() || status.Signal() != syscall.SIGINT || signals < 2 {
			t.Errorf("%v after %d signals, want it to be ended by the second", cmd.ProcessState, signals)
		}
		break
	}
	r.must("run")
	r.check(start)
}

// A warehouse that says nothing any more holds up nobody who wants to leave; what it did not take is asked for again.
func TestSignalWhileTheWarehouseHangs(t *testing.T) {
	t.Parallel()
	asked, hang := make(chan struct{}), make(chan struct{})
	var answered atomic.Int32
	settings := unlimited()
	settings.Latency = apisim.Duration(time.Millisecond)
	r := newRig(t, start, settings, few, func(context.Context, time.Duration) error {
		if answered.Add(1) == 4 {
			close(hang)
			close(asked)
		}
		return nil
	})
	r.must("migrate")
	address := relay(t, r.db.Addr, hang)
	r.edit(r.db.Addr, address)
	cmd, out := r.spawn(t.Context(), childSpec{Args: []string{"run"}})
	ended := begin(t, cmd)
	select {
	case <-asked:
	case <-ended:
		t.Fatalf("it ended before the signal:\n%s", out)
	}
	if code := signalled(t, cmd, ended, syscall.SIGTERM); code != 5 {
		t.Errorf("exit %d, want 5: not all that has arrived is stored\n%s", code, out)
	}
	r.edit(address, r.db.Addr)
	r.must("run")
	r.check(start)
}

// relay passes on connections to an address until hang is closed; then it keeps them open and passes on nothing.
func relay(t *testing.T, address string, hang <-chan struct{}) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	pass := func(to, from net.Conn) {
		buffer := make([]byte, 64<<10)
		for {
			n, err := from.Read(buffer)
			if err != nil {
				_ = to.Close()
				return
			}
			select {
			case <-hang:
				continue
			default:
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				_ = from.Close()
				return
			}
		}
	}
	var passing sync.WaitGroup
	passing.Go(func() {
		for {
			client, err := ln.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", address)
			if err != nil {
				_ = client.Close()
				continue
			}
			passing.Go(func() { pass(server, client) })
			passing.Go(func() { pass(client, server) })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		passing.Wait()
	})
	return ln.Addr().String()
}
