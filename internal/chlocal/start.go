//go:build linux && amd64 && !noembedded

package chlocal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/ebitengine/purego"
)

// Start fetches the engine if the cache lacks it, starts the child and returns when it
// answers. ctx bounds the start alone: Close ends the server.
//
// Errors to tell apart: ErrUnsupported, ErrPortTaken, ErrPathInUse, ErrNoNPM.
func Start(ctx context.Context, o Options) (*Server, error) {
	// A libc without this symbol cannot load the engine; say so before fetching 170 MB.
	if _, err := purego.Dlsym(purego.RTLD_DEFAULT, "gnu_get_libc_version"); err != nil {
		return nil, ErrUnsupported
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if err := checkPorts(ctx, o); err != nil {
		return nil, err
	}
	if err := prepare(&o); err != nil {
		return nil, err
	}
	lib, err := pinned.ensure(ctx, o.CacheDir, o.Progress)
	if err != nil {
		return nil, err
	}
	run, err := newRunDir(cmp.Or(o.TempDir, os.TempDir()))
	if err != nil {
		return nil, fmt.Errorf("make the temporary folder of ClickHouse: %w", err)
	}
	check, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for the check of passwords: %w", err), run.remove())
	}
	defer check.Close() // the child has its own
	secret := newSecrets(o.Password)
	closed := o.closes()
	if missing := closed.missing(o.Remote); missing != "" {
		o.Progress(missing)
	}
	data := cmp.Or(o.Path, run.data())
	if err := writeConfig(run.path, data, checkerURL(check, secret), o, closed); err != nil {
		return nil, errors.Join(err, run.remove())
	}
	s, ready, err := launch(lib, run, data, o, closed, check, secret)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the ClickHouse process: %w", err), run.remove())
	}
	if err := s.awaitReady(ctx, ready); err != nil {
		return nil, errors.Join(s.startError(ctx, o, err), s.Close())
	}
	s.out.forget()
	return s, nil
}

// prepare fills in the directories and makes sure that they can be used.
func prepare(o *Options) error {
	if o.CacheDir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("find the cache directory: %w: set XDG_CACHE_HOME to an absolute path", err)
		}
		o.CacheDir = filepath.Join(cache, "mnaflow")
	}
	// Absolute, because the child works in a folder of its own.
	cache, err := filepath.Abs(o.CacheDir)
	if err != nil {
		return fmt.Errorf("cache directory %s: %w", o.CacheDir, err)
	}
	o.CacheDir = cache
	if o.Path == "" {
		return nil
	}
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return fmt.Errorf("data directory %s: %w", o.Path, err)
	}
	o.Path = path
	return makePrivate(o.Path)
}

// checkPorts finds a taken port before anything slow or lasting happens.
func checkPorts(ctx context.Context, o Options) error {
	if o.TCPPort != 0 && o.TCPPort == o.HTTPPort {
		return fmt.Errorf("%w: --tcp-port and --http-port are both %d: give them different ports", ErrPortUnfit, o.TCPPort)
	}
	for _, p := range []struct {
		flag string
		port int
	}{{"--tcp-port", o.TCPPort}, {"--http-port", o.HTTPPort}} {
		if p.port == 0 {
			continue
		}
		var lc net.ListenConfig
		l, err := lc.Listen(ctx, "tcp4", net.JoinHostPort(host, strconv.Itoa(p.port)))
		if errors.Is(err, syscall.EADDRINUSE) {
			return fmt.Errorf("%w: %d: choose another %s, or leave it out for a free one", ErrPortTaken, p.port, p.flag)
		}
		if err != nil {
			return fmt.Errorf("%w: %s %d: %w; choose one from 1024 to 65535", ErrPortUnfit, p.flag, p.port, err)
		}
		if err := l.Close(); err != nil {
			return fmt.Errorf("%s: %w", p.flag, err)
		}
	}
	return nil
}
