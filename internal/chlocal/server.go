//go:build linux && amd64 && !noembedded

package chlocal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	host = "127.0.0.1"
	// stopBound is how long SIGTERM may take (measured on libchdb 26.7: 20 ms). Killing loses
	// no acknowledged row.
	stopBound = 10 * time.Second
)

// Server is a running ClickHouse. Its methods may be called from several goroutines.
type Server struct {
	tcpAddr, httpAddr string
	password          string

	cmd      *exec.Cmd
	lifeline *os.File // the child ends at its EOF; held open until the child has ended
	run      *runDir
	out      *output

	stopOnce sync.Once
	stopping atomic.Bool
	done     chan struct{}
	err      error // why it ended; set before done is closed
	leftover error // the error of removing the folder; set before done is closed
}

// TCPAddr is host:port of the native protocol.
func (s *Server) TCPAddr() string { return s.tcpAddr }

// HTTPAddr is host:port of the HTTP interface.
func (s *Server) HTTPAddr() string { return s.httpAddr }

// Password is that of the user default.
func (s *Server) Password() string { return s.password }

// PID is the child's process id.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Done is closed when the child has ended and its temporary folder is removed.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err says why the child ended; nil while it runs and after Close.
func (s *Server) Err() error {
	select {
	case <-s.done:
		return s.err
	default:
		return nil
	}
}

// Close stops the server and removes its temporary folder. It may be called again.
func (s *Server) Close() error {
	s.stopOnce.Do(func() {
		s.stopping.Store(true)
		_ = s.cmd.Process.Signal(syscall.SIGTERM) // fails only when it has ended already
		bound := time.NewTimer(stopBound)
		defer bound.Stop()
		select {
		case <-s.done:
		case <-bound.C:
			_ = s.cmd.Process.Kill()
		}
	})
	<-s.done
	return s.leftover
}

// launch starts the child. ready yields one line with both ports, or EOF when it failed.
func launch(
	lib string, run *runDir, data string, o Options, closed closed, check *net.TCPListener, secret secrets,
) (_ *Server, ready *os.File, err error) {
	spec, err := childSpec{
		Closed: closed, Library: lib, RunDir: run.path, Data: data,
		TCPPort: o.TCPPort, HTTPPort: o.HTTPPort, Checker: check.Addr().(*net.TCPAddr).Port,
	}.encode()
	if err != nil {
		return nil, nil, err
	}
	var p pipes
	outR, outW := p.open()
	readyR, readyW := p.open()
	lifeR, lifeW := p.open()
	secretR, secretW := p.open()
	listener := p.file(check)
	if p.err != nil {
		return nil, nil, errors.Join(p.err, p.close())
	}
	// /proc/self/exe still works when the file was replaced or deleted since the start.
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{"mnaflow-clickhouse"}
	cmd.Dir = run.path
	// Nothing from the user's environment: SQL can read it in /proc/self/environ.
	cmd.Env = []string{
		childEnv + "=" + spec,
		"HOME=" + run.path,         // no history file and no client configuration of the user's
		"GORACE=atexit_sleep_ms=0", // a race-enabled child would take a second to exit
	}
	if zone, ok := os.LookupEnv("TZ"); ok {
		cmd.Env = append(cmd.Env, "TZ="+zone) // today() of SQL is that of the user's clock
	}
	cmd.Stdout, cmd.Stderr = outW, outW
	cmd.ExtraFiles = []*os.File{fdReady - 3: readyW, fdLifeline - 3: lifeR, fdRunLock - 3: run.lock,
		fdSecrets - 3: secretR, fdChecker - 3: listener}
	// A session of its own: Ctrl-C reaches the parent alone, which still has windows to store,
	// and the engine, which believes that it is interactive, has no terminal to read from.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, nil, errors.Join(err, p.close())
	}
	// The child's ends.
	_, _, _, _, _ = outW.Close(), readyW.Close(), lifeR.Close(), secretR.Close(), listener.Close()
	err = errors.Join(json.NewEncoder(secretW).Encode(secret), secretW.Close()) //nolint:gosec // into a pipe, and fits
	s := &Server{
		password: secret.Password, cmd: cmd, lifeline: lifeW, run: run, out: &output{log: o.Log},
		done: make(chan struct{}),
	}
	go s.wait(outR)
	if err != nil {
		return nil, nil, errors.Join(err, readyR.Close(), s.Close())
	}
	return s, readyR, nil
}

// wait follows the child to its end; it is the server's only goroutine.
func (s *Server) wait(out *os.File) {
	defer close(s.done)
	_, _ = io.Copy(s.out, out) // until the child, the only writer, has ended
	_ = out.Close()
	err := s.cmd.Wait()
	_ = s.lifeline.Close()
	if s.leftover = s.run.remove(); s.leftover != nil {
		s.leftover = fmt.Errorf("remove the temporary folder of ClickHouse: %w", s.leftover)
	}
	if s.stopping.Load() {
		return
	}
	if err == nil {
		err = errors.New("exit status 0")
	}
	s.err = fmt.Errorf("the embedded ClickHouse ended by itself: %w%s", err, s.out.reason())
}

// awaitReady reads the ports and returns when the server answers on both.
func (s *Server) awaitReady(ctx context.Context, ready *os.File) error {
	defer ready.Close()
	defer context.AfterFunc(ctx, func() { _ = ready.SetReadDeadline(time.Unix(1, 0)) })()
	line, err := io.ReadAll(io.LimitReader(ready, 64))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var tcp, http int
	if _, scanErr := fmt.Sscanf(string(line), "%d\t%d\n", &tcp, &http); err != nil || scanErr != nil {
		return errNotReady
	}
	s.tcpAddr = net.JoinHostPort(host, strconv.Itoa(tcp))
	s.httpAddr = net.JoinHostPort(host, strconv.Itoa(http))
	return s.ping(ctx)
}

// pipes opens several pipes and remembers the first error.
type pipes struct {
	ends []*os.File
	err  error
}

func (p *pipes) open() (r, w *os.File) {
	if p.err != nil {
		return nil, nil
	}
	if r, w, p.err = os.Pipe(); p.err == nil {
		p.ends = append(p.ends, r, w)
	}
	return r, w
}

// file is the listener's file, for the child.
func (p *pipes) file(ln *net.TCPListener) (f *os.File) {
	if p.err != nil {
		return nil
	}
	if f, p.err = ln.File(); p.err == nil {
		p.ends = append(p.ends, f)
	}
	return f
}

func (p *pipes) close() error {
	var errs []error
	for _, f := range p.ends {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
