//go:build linux && amd64

package chlocal

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// childEnv marks a process as the child and carries its childSpec. No secret goes there.
const childEnv = "MNAFLOW_CHLOCAL_CHILD"

// Files that the child inherits.
const (
	fdReady    = 3 + iota // to the parent: one line with both ports
	fdLifeline            // EOF when the parent has ended, however it did
	fdRunLock             // only held, see runDir
)

// childSpec is what the child is to do.
type childSpec struct {
	RemoveOnly        bool // the parent is dead: remove RunDir and end
	Library           string
	RunDir, Data      string
	TCPPort, HTTPPort int
}

func (c childSpec) encode() (string, error) {
	b, err := json.Marshal(c)
	return string(b), err
}

// In init, because in tests the executable is the test binary, whose main is not ours.
func init() {
	text, ok := os.LookupEnv(childEnv)
	if !ok {
		return
	}
	if err := childMain(text); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func childMain(text string) error {
	var spec childSpec
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		return fmt.Errorf("%s is not meant to be set by hand: %w", childEnv, err)
	}
	if err := os.Unsetenv(childEnv); err != nil {
		return err
	}
	if spec.RemoveOnly {
		return os.RemoveAll(spec.RunDir)
	}
	go followParent(spec.RunDir)
	term, err := newTerminal()
	if err != nil {
		return fmt.Errorf("open a terminal for the engine: %w", err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	ready := fmt.Sprintf("/dev/fd/%d", w.Fd())
	go announce(r, term)
	return runEngine(spec.Library, spec.args(ready))
}

// args for `clickhouse local`. A LISTEN that fails leaves the engine at a prompt; one that
// succeeds is followed by a query without an end, because the listeners live as long as it.
func (c childSpec) args(ready string) []string {
	return []string{
		"clickhouse-local",
		"--config-file=" + filepath.Join(c.RunDir, configFile),
		"--path=" + c.Data,
		"--listen_host=" + host,
		"--tcp_port=" + strconv.Itoa(c.TCPPort),
		"--http_port=" + strconv.Itoa(c.HTTPPort),
		// Measured on libchdb 26.7: unless it believes that it is interactive, a wrong password
		// or a reset connection of any client aborts it (ClickHouse issue 115666).
		"--interactive",
		"--progress=off", "--progress-table=off",
		"--query", "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; " +
			"SELECT getServerPort('tcp_port'), getServerPort('http_port') INTO OUTFILE '" + ready + "' APPEND FORMAT TSV; " +
			"SELECT sleepEachRow(3) FROM system.numbers FORMAT Null " +
			"SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0",
	}
}

// announce passes the ports on to the parent. Until then it types Ctrl-D, again and again,
// because each change of the terminal's mode discards what was typed before: the engine's
// prompt after a failure ends at it.
func announce(r io.Reader, term *os.File) {
	line := make(chan string, 1)
	go func() {
		if s, err := bufio.NewReader(r).ReadString('\n'); err == nil {
			line <- s
		}
	}()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		select {
		case s := <-line:
			up := os.NewFile(fdReady, "ready")
			_, _ = up.WriteString(s) // fails when the parent is dead: followParent's matter
			_ = up.Close()
			return
		case <-again.C:
			_, _ = term.WriteString("\x04")
		}
	}
}

// followParent ends this process when the parent has ended, even by SIGKILL. A parent-death
// signal would not do: it could end the process before the folder is removed.
//
// Executing this program anew ends every thread of the engine at once, so that nothing writes
// into the folder while it is being removed.
func followParent(runDir string) {
	_, _ = io.Copy(io.Discard, os.NewFile(fdLifeline, "lifeline"))
	spec, err := childSpec{RemoveOnly: true, RunDir: runDir}.encode()
	if err == nil {
		_ = syscall.Exec("/proc/self/exe", []string{"mnaflow-clickhouse-cleanup"}, append(os.Environ(), childEnv+"="+spec))
	}
	_ = os.RemoveAll(runDir)
	os.Exit(1)
}
