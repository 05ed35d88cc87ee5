//go:build linux && amd64 && !noembedded

package chlocal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// runDir is a server's temporary folder: its configuration, and its data unless they are kept.
// Parent and child share the lock within, so that it is held while either lives, and whatever
// was killed together with its parent is found unlocked and removed by the next start.
type runDir struct {
	path string
	lock *os.File
}

const (
	runPrefix = "mnaflow-clickhouse-"
	runLock   = "lock"
)

func newRunDir(in string) (*runDir, error) {
	sweep(in)
	path, err := os.MkdirTemp(in, runPrefix)
	if err != nil {
		return nil, err
	}
	r := &runDir{path: path}
	if r.lock, err = lockFile(path); err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	return r, nil
}

// data is where a server without a kept directory stores.
func (r *runDir) data() string { return filepath.Join(r.path, "data") }

func (r *runDir) remove() error {
	return errors.Join(os.RemoveAll(r.path), r.lock.Close())
}

// lockFile gives the file its final name only once it is locked, or a sweep in between would
// take the folder for a dead server's.
func lockFile(dir string) (_ *os.File, err error) {
	f, err := os.OpenFile(filepath.Join(dir, runLock+".new"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, runLock)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// sweep removes the folders of dead servers. It ignores errors: the next start tries again.
func sweep(dir string) {
	found, _ := filepath.Glob(filepath.Join(dir, runPrefix+"*", runLock)) // fails only on a bad pattern
	for _, name := range found {
		f, err := os.OpenFile(name, os.O_RDWR|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
		if err != nil {
			continue
		}
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			_ = os.RemoveAll(filepath.Dir(name))
		}
		_ = f.Close()
	}
}

// makePrivate makes the data directory, or takes over an existing one, and gives it mode 0700. An existing one must
// belong to this user, and be empty or hold the data of a ClickHouse: SQL could read any other files in it, and
// nobody else could any more.
func makePrivate(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("%w: it cannot be made: %w: choose another --path", ErrPathUnfit, err)
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w: %w: choose another --path", ErrPathUnfit, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("%w: %w: choose another --path", ErrPathUnfit, err)
	}
	if s, ok := info.Sys().(*syscall.Stat_t); !ok || int(s.Uid) != os.Geteuid() {
		return fmt.Errorf("%w: %s belongs to another user: choose another --path", ErrPathUnfit, path)
	}
	names, err := f.Readdirnames(-1)
	if err != nil {
		return fmt.Errorf("%w: %w: choose another --path", ErrPathUnfit, err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "lost+found" })
	// A server writes its status first of all.
	if len(names) > 0 && !slices.Contains(names, "status") && !slices.Contains(names, "metadata") {
		return fmt.Errorf("%w: %s holds something else than the data of a ClickHouse: "+
			"give it a folder of its own with --path", ErrPathUnfit, path)
	}
	if err := f.Chmod(0o700); err != nil {
		return fmt.Errorf("%w: it cannot be made private: %w: choose another --path", ErrPathUnfit, err)
	}
	return nil
}
