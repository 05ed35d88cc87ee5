//go:build linux && amd64 && !noembedded

package chlocal

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// childEnv marks a process as the child and carries its childSpec. No secret goes there: SQL can read the environment.
const childEnv = "MNAFLOW_CHLOCAL_CHILD"

// Files that the child inherits.
const (
	fdReady    = 3 + iota // to the parent: one line with both ports
	fdLifeline            // EOF when the parent has ended, even by SIGKILL
	fdRunLock             // holds the lock, see runDir
	fdSecrets             // from the parent: secrets, as JSON
	fdChecker             // the listener of the checker
	fdNext                // the first that the child opens itself
)

// childSpec tells the child what to do. It contains no secret.
type childSpec struct {
	RemoveOnly        bool   // the parent is dead: remove RunDir and end
	Closed            closed // what to give up before it executes itself again
	Terminal          int    // the pseudo-terminal's other end, if it is open already
	Library           string
	RunDir, Data      string
	TCPPort, HTTPPort int
	Checker           int // port
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
		return removeTree(spec.RunDir)
	}
	if spec.Closed.Files {
		return confineAndRestart(spec)
	}
	go followParent(spec.RunDir)
	term, err := spec.terminal()
	if err != nil {
		return fmt.Errorf("open a terminal for the engine: %w", err)
	}
	if err := startChecker(); err != nil {
		return fmt.Errorf("start the check of passwords: %w", err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	ready := fmt.Sprintf("/dev/fd/%d", w.Fd())
	go spec.announce(r, term)
	return runEngine(spec.Library, spec.args(ready))
}

func (c childSpec) terminal() (*os.File, error) {
	if c.Terminal != 0 {
		return os.NewFile(uintptr(c.Terminal), "terminal"), nil
	}
	return newTerminal()
}

// startChecker reads the secrets from the parent and starts the checker.
func startChecker() error {
	c := &checker{}
	told := os.NewFile(fdSecrets, "secrets")
	if err := errors.Join(json.NewDecoder(told).Decode(&c.secrets), told.Close()); err != nil {
		return err
	}
	f := os.NewFile(fdChecker, "checker")
	ln, err := net.FileListener(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	go c.serve(ln)
	return nil
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
func (c childSpec) announce(r io.Reader, term *os.File) {
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
			// The engine has read the configuration files. From now on only its memory has the secrets.
			_ = os.Remove(filepath.Join(c.RunDir, configFile))
			_ = os.Remove(filepath.Join(c.RunDir, usersFile))
			up := os.NewFile(fdReady, "ready")
			_, _ = up.WriteString(s) // fails when the parent is dead, which followParent handles
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
	_ = removeTree(runDir)
	os.Exit(1)
}

// removeTree is os.RemoveAll for a process that may not open the folder above, see confine.
func removeTree(dir string) error {
	entries, err := os.ReadDir(dir)
	errs := []error{err}
	for _, e := range entries {
		errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return errors.Join(append(errs, os.Remove(dir))...)
}
