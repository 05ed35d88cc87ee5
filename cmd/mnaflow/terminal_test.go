//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// terminal is a pseudo-terminal: a program has the slave, and the test types and reads at the master.
type terminal struct{ master, slave *os.File }

func newTerminal(t *testing.T, columns int) terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0) // so that a Close ends a Read
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = master.Close() })
	control, err := master.SyscallConn() // Fd would make it block
	if err != nil {
		t.Fatal(err)
	}
	number, failed := 0, error(nil)
	err = control.Control(func(fd uintptr) {
		if failed = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); failed != nil {
			return
		}
		if number, failed = unix.IoctlGetInt(int(fd), unix.TIOCGPTN); failed != nil {
			return
		}
		failed = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: uint16(columns)})
	})
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	slave, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slave.Close() })
	return terminal{master, slave}
}

// fullTests says whether sweeps run in full, which takes minutes.
func fullTests() bool { return os.Getenv("MNAFLOW_TEST_FULL") != "" }

// However fast a pass goes and however narrow the terminal is, the bars neither hold it up nor keep it from ending.
func TestProgressOnTerminals(t *testing.T) {
	t.Parallel()
	passes := 12
	if fullTests() {
		passes = 200
	}
	widths := []int{20, 40, 80, 200}
	hung := 0
	for n := range passes {
		columns := widths[n%len(widths)]
		tty := newTerminal(t, columns)
		go func() { _, _ = io.Copy(io.Discard, tty.master) }()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			drive(tty.slave)
		}()
		select {
		case <-ended:
			_ = tty.slave.Close()
			_ = tty.master.Close()
		case <-time.After(leaving):
			hung++
			t.Errorf("pass %d, %d columns: it hangs", n, columns)
		}
	}
	t.Logf("%d passes on terminals of %d columns: %d hung", passes, widths, hung)
}

// drive runs a pass that does nothing but tell how far it is, from as many goroutines and as fast as can be, for some frames of the bars.
func drive(tty *os.File) {
	c := &config.Config{}
	for n := range 3 {
		c.Accounts = append(c.Accounts, config.Account{Name: fmt.Sprintf("account-%d", n), RequestsPerSecond: 20})
	}
	o := &options{log: slog.New(slog.DiscardHandler)}
	o.world = world{now: time.Now, stderr: tty, env: noEnv}
	p := newProgress(o, c)
	var accounts sync.WaitGroup
	for _, a := range c.Accounts {
		for _, g := range flow.Granularities() {
			accounts.Go(func() {
				p.Planned(a.Name, g, 1)
				var workers sync.WaitGroup
				for range 16 {
					workers.Go(func() {
						for until := time.Now().Add(400 * time.Millisecond); time.Now().Before(until); {
							p.Planned(a.Name, g, 1)
							p.Done(a.Name, g, 1, 2)
							p.Stored(a.Name, g, 24)
						}
					})
				}
				workers.Wait()
			})
		}
	}
	accounts.Wait()
	p.close(context.Background())
}
