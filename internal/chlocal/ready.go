//go:build linux && amd64 && !noembedded

package chlocal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// errNotReady says that the child gave up before it listened; the reason is in its output.
var errNotReady = errors.New("it ended before it listened")

// ClickHouse's error codes that a start can end with.
const (
	codeCannotOpenFile = 76
	codeNetworkError   = 210
)

// ping returns when the HTTP port answers.
func (s *Server) ping(ctx context.Context) error {
	transport := &http.Transport{DisableKeepAlives: true} // a kept connection would outlive Start
	client := &http.Client{Transport: transport}
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.httpAddr+"/ping", nil)
		if err != nil {
			return err
		}
		if resp, err := client.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-again.C:
		case <-s.done:
			return errNotReady
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// startError turns a failed start into an error that says what to do.
func (s *Server) startError(ctx context.Context, o Options, err error) error {
	if !errors.Is(err, errNotReady) {
		return fmt.Errorf("wait for the embedded ClickHouse: %w%s", err, s.out.reason())
	}
	select {
	case <-s.done: // its output is complete
	case <-ctx.Done():
	}
	switch code := s.out.code(); {
	case code == codeNetworkError:
		// Taken between our look and the server's.
		if err := checkPorts(ctx, o); err != nil {
			return err
		}
		return fmt.Errorf("%w: %d or %d: choose another --tcp-port and --http-port, or leave them out for free ones%s",
			ErrPortTaken, o.TCPPort, o.HTTPPort, s.out.reason())
	case code == codeCannotOpenFile && locked(filepath.Join(o.Path, "status")):
		// The code alone also means a file without permission.
		return fmt.Errorf("%w: %s: stop that server, or choose another --path", ErrPathInUse, o.Path)
	}
	return fmt.Errorf("the embedded ClickHouse did not start: %w%s", err, s.out.reason())
}

// locked reports whether a process holds the lock of the file.
func locked(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK)
}
