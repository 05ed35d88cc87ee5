//go:build linux

package e2e

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/flow"
	progress "github.com/mnaflow/mnaflow/internal/terminal"
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

// However fast a pass goes and however narrow the terminal is, the bars neither hold it up nor keep it from ending.
func TestProgressOnTerminals(t *testing.T) {
	t.Parallel()
	passes := width(12, 200)
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

// drive runs a pass that does nothing but tell how far it is, from as many goroutines and as fast as can be, for some
// frames of the bars.
func drive(tty *os.File) {
	limits := map[string]float64{"account-0": 20, "account-1": 20, "account-2": 20}
	p := progress.NewProgress(slog.New(slog.DiscardHandler), time.Now, limits)
	p.Show(tty)
	pass := p.Trace()
	var accounts sync.WaitGroup
	for account := range limits {
		for _, g := range flow.Granularities() {
			one := flow.Attempt{Series: flow.Series{Account: account, Granularity: g}}
			one.Transformed.Facts = make([]flow.Fact, 24)
			stored := []flow.Attempt{one}
			accounts.Go(func() {
				pass.Planned(account, g, 1)
				var workers sync.WaitGroup
				for range 16 {
					workers.Go(func() {
						for until := time.Now().Add(400 * time.Millisecond); time.Now().Before(until); {
							pass.Planned(account, g, 1)
							pass.Requested(account, g, 1, 2)
							pass.Stored(stored)
						}
					})
				}
				workers.Wait()
			})
		}
	}
	accounts.Wait()
	p.Close(context.Background())
}

// stop fills the terminal until it takes no more, as when its reader has stopped.
func (y terminal) stop(t *testing.T) {
	t.Helper()
	filler, err := os.OpenFile(y.slave.Name(), os.O_WRONLY|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer filler.Close()
	control, err := filler.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var full error
	err = control.Control(func(fd uintptr) {
		for full == nil {
			_, full = unix.Write(int(fd), []byte("."))
		}
	})
	if err != nil || !errors.Is(full, unix.EAGAIN) {
		t.Fatal(err, full)
	}
}

// press types keys.
func (y terminal) press(t *testing.T, keys string) {
	t.Helper()
	if _, err := y.master.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// read gathers what is written to the terminal; it ends, and the text may be read, when the terminal is closed.
func (y terminal) read() (text *strings.Builder, ended chan struct{}) {
	text, ended = &strings.Builder{}, make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(text, y.master)
	}()
	return text, ended
}

// control makes a child run on the terminal, which is its controlling one.
func (y terminal) control(cmd *exec.Cmd, environment ...string) {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = y.slave, y.slave, y.slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	cmd.Env = append(cmd.Env, environment...)
}

const (
	ctrlC = "\x03"
	ctrlS = "\x13"
)

// The first Ctrl-C and SIGTERM end a load within the promised time, whatever its bars and its terminal do.
func TestInterruptedOnATerminal(t *testing.T) {
	t.Parallel()
	term := func(t *testing.T, cmd *exec.Cmd, _ terminal) {
		t.Helper()
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	keys := func(keys string) func(*testing.T, *exec.Cmd, terminal) {
		return func(t *testing.T, _ *exec.Cmd, y terminal) {
			t.Helper()
			y.press(t, keys)
		}
	}
	frozen := func(t *testing.T, cmd *exec.Cmd, y terminal) {
		t.Helper()
		y.press(t, ctrlS)
		term(t, cmd, y)
	}
	for _, c := range []struct {
		name      string
		columns   int
		unread    bool // nobody reads the terminal, and it is full from the start
		interrupt func(*testing.T, *exec.Cmd, terminal)
		args      string
	}{
		{"Ctrl-C", 80, false, keys(ctrlC), "run"},
		{"Ctrl-C, narrow", 20, false, keys(ctrlC), "run"},
		{"SIGTERM", 80, false, term, "run"},
		{"Ctrl-S, Ctrl-C", 80, false, keys(ctrlS + ctrlC), "run"},
		{"Ctrl-S, SIGTERM", 80, false, frozen, "run"},
		{"unread, Ctrl-C", 80, true, keys(ctrlC), "run"},
		{"unread, SIGTERM", 80, true, term, "run"},
		{"unread, many log lines, SIGTERM", 80, true, term, "--log-level debug --log-format json run"},
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
			y := newTerminal(t, c.columns)
			if c.unread {
				y.stop(t)
			} else {
				_, _ = y.read()
			}
			cmd, _ := r.spawn(t.Context(), childSpec{Args: strings.Fields(c.args)})
			y.control(cmd)
			ended := begin(t, cmd)
			select {
			case <-asked:
			case <-ended:
				t.Fatalf("it ended before it was interrupted: %v", cmd.ProcessState)
			}
			before := time.Now()
			c.interrupt(t, cmd, y)
			select {
			case <-ended:
			case <-time.After(leaving):
				t.Errorf("it is still there %s later", leaving)
				_ = cmd.Process.Kill()
				<-ended
			}
			t.Logf("exit %d after %s", cmd.ProcessState.ExitCode(), time.Since(before).Round(time.Millisecond))
			if code := cmd.ProcessState.ExitCode(); code != 130 {
				t.Errorf("exit %d, want 130", code)
			}
			if n := r.scalar("SELECT count() FROM runs WHERE state = 'interrupted' AND exit_code = 130"); n != 1 {
				t.Errorf("%d runs are recorded as interrupted, want 1", n)
			}
		})
	}
}

// A load goes on while nobody reads its terminal, and says what it did when somebody does again.
func TestALoadOnATerminalThatIsStopped(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	y := newTerminal(t, 80)
	y.stop(t)
	cmd, _ := r.spawn(t.Context(), childSpec{Args: []string{"run"}})
	y.control(cmd)
	ended := begin(t, cmd)
	for deadline := time.After(time.Minute); r.scalar("SELECT count() FROM runs WHERE state = 'done'") == 0; {
		select {
		case <-ended:
			t.Fatalf("it ended: %v", cmd.ProcessState)
		case <-deadline:
			_ = cmd.Process.Kill()
			t.Fatal("the load waits for its terminal")
		case <-time.After(50 * time.Millisecond):
		}
	}
	text, over := y.read()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		_ = cmd.Process.Kill()
		t.Fatal("it does not end although its terminal is read")
	}
	_ = y.slave.Close()
	<-over
	if code := cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit %d", code)
	}
	mention(t, text.String(), "accepted", ": done")
	r.check(start)
}

// Real passes on real terminals: bars where they can be drawn, log lines elsewhere, and the result in the end.
func TestLoadsOnTerminals(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	for _, c := range []struct {
		columns     int
		environment string
		args        string
		bars        bool
	}{
		{20, "TERM=xterm", "", true}, {40, "TERM=xterm", "", true}, {80, "TERM=xterm-256color", "", true},
		{200, "A=b", "", true},
		{80, "TERM=dumb", "", false}, {80, "TERM=xterm", "--log-format json ", false},
	} {
		y := newTerminal(t, c.columns)
		text, over := y.read()
		cmd, _ := r.spawn(t.Context(), childSpec{Args: strings.Fields(c.args + "backfill --from 2026-11-01 --force")})
		y.control(cmd, c.environment)
		ended := begin(t, cmd)
		select {
		case <-ended:
		case <-time.After(time.Minute):
			_ = cmd.Process.Kill()
			t.Fatalf("%+v: it hangs", c)
		}
		_ = y.slave.Close()
		<-over
		if code := cmd.ProcessState.ExitCode(); code != 0 || !strings.Contains(text.String(), ": done") {
			t.Errorf("%+v: exit %d\n%s", c, code, text)
		}
		if got := strings.Contains(text.String(), "\x1b["); got != c.bars {
			t.Errorf("%+v: bars: %v\n%q", c, got, text)
		}
	}
}
