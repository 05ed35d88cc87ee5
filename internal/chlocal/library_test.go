//go:build linux && amd64 && !noembedded

package chlocal

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sys/unix"
)

const content = "not really an engine"

// fakeNPM puts an npm into PATH that delivers a small tarball, or fails, and notes each call.
// It returns the library to ask for and the file of notes.
func fakeNPM(t *testing.T, script string) (library, string) {
	t.Helper()
	var tgz bytes.Buffer
	z := gzip.NewWriter(&tgz)
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: pinned.file, Mode: 0o644, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	_, err := w.Write([]byte(content))
	if err := errors.Join(err, w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	calls := filepath.Join(bin, "calls")
	script = "#!/bin/sh\necho \"$@\" >> " + calls + "\n" + script
	err = errors.Join(
		os.WriteFile(filepath.Join(bin, "it.tgz"), tgz.Bytes(), 0o600),
		os.WriteFile(filepath.Join(bin, "npm"), []byte(script), 0o700)) //nolint:gosec // it is run
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	t.Setenv("FAKE", bin)
	l := pinned
	sum := sha512.Sum512(tgz.Bytes())
	l.integrity = "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
	return l, calls
}

// The working directory is the destination, as the real npm is called.
const delivers = `cp "$FAKE/it.tgz" .`

func quiet(string) {}

// onlyLock fails when more than the lock is in the cache.
func onlyLock(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 || left[0].Name() != "libchdb.lock" {
		t.Errorf("in the cache: %v, %v; want nothing but the lock", left, err)
	}
}

func TestFetchOnceForManyAtOnce(t *testing.T) {
	l, calls := fakeNPM(t, delivers)
	dir := filepath.Join(t.TempDir(), "new")
	if err := os.MkdirAll(filepath.Join(dir, fetchPrefix+"killed"), 0o700); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			path, err := l.ensure(t.Context(), dir, quiet)
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != content {
				t.Errorf("installed %q, %v", got, err)
			}
		})
	}
	wg.Wait()
	got, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(got), "\n"); n != 1 {
		t.Errorf("npm was called %d times:\n%s", n, got)
	}
	if !strings.HasPrefix(string(got),
		"pack "+l.pkg+"@"+l.version+" --loglevel=error --ignore-scripts --pack-destination ") {
		t.Errorf("npm %s", got)
	}
	if left, err := filepath.Glob(filepath.Join(dir, fetchPrefix+"*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestWrongHashInstallsNothing(t *testing.T) {
	l, _ := fakeNPM(t, delivers)
	l.integrity = pinned.integrity
	dir := t.TempDir()
	_, err := l.ensure(t.Context(), dir, quiet)
	if err == nil || !strings.Contains(err.Error(), "hash") || !strings.Contains(err.Error(), l.integrity) {
		t.Errorf("ensure: %v", err)
	}
	onlyLock(t, dir)
}

func TestTarballThatIsNone(t *testing.T) {
	l, _ := fakeNPM(t, "echo oops > it.tgz")
	dir := t.TempDir()
	if _, err := l.ensure(t.Context(), dir, quiet); err == nil || !strings.Contains(err.Error(), "hash") {
		t.Errorf("ensure: %v, want the hash named before the format", err)
	}
	onlyLock(t, dir)
}

func TestFailingNPMIsQuoted(t *testing.T) {
	l, _ := fakeNPM(t, "printf 'npm error code ENOTFOUND\\nnpm error no network\\n' >&2; exit 1")
	dir := t.TempDir()
	_, err := l.ensure(t.Context(), dir, quiet)
	if err == nil || !strings.Contains(err.Error(), "npm error code ENOTFOUND npm error no network") ||
		strings.Contains(err.Error(), "\n") {
		t.Errorf("ensure: %v", err)
	}
	onlyLock(t, dir)
}

func TestMissingNPM(t *testing.T) {
	t.Setenv("PATH", "")
	_, err := Start(t.Context(), Options{CacheDir: t.TempDir()})
	if !errors.Is(err, ErrNoNPM) || !strings.Contains(err.Error(), "install Node.js") ||
		!strings.Contains(err.Error(), "clickhouse.addresses") ||
		!strings.Contains(err.Error(), "MNAFLOW_TEST_CLICKHOUSE=host:port") {
		t.Errorf("Start: %v", err)
	}
}

func TestWaitingForTheLockHonoursTheContext(t *testing.T) {
	l, calls := fakeNPM(t, delivers)
	dir := t.TempDir()
	held := flock.New(filepath.Join(dir, "libchdb.lock"))
	if err := held.Lock(); err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	// Cancelled by the very message that says it waits.
	_, err := l.ensure(ctx, dir, func(string) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("ensure: %v", err)
	}
	if _, err := os.Stat(calls); err == nil {
		t.Error("npm was called without the lock")
	}
}

func TestCancelledFetchLeavesNothing(t *testing.T) {
	l, _ := fakeNPM(t, `echo > "$FAKE/started"; exec cat "$FAKE/never"`)
	bin := os.Getenv("FAKE")
	for _, name := range []string{"started", "never"} { // reading blocks until the other side writes
		if err := unix.Mkfifo(filepath.Join(bin, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		defer cancel()
		if _, err := os.ReadFile(filepath.Join(bin, "started")); err != nil {
			t.Error(err)
		}
	})
	dir := t.TempDir()
	_, err := l.ensure(ctx, dir, quiet)
	wg.Wait()
	if !errors.Is(err, context.Canceled) {
		t.Errorf("ensure: %v", err)
	}
	onlyLock(t, dir)
}
