//go:build linux && amd64 && !noembedded

package chlocal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// library says which npm package holds the engine and what its tarball must hash to.
type library struct {
	pkg, version string
	integrity    string // as npm writes it: sha512-BASE64
	file         string // within the tarball
}

// pinned is ClickHouse 26.7. Everything that this package says was measured is measured on it.
var pinned = library{
	pkg:       "@chdb/lib-linux-x64-gnu",
	version:   "26.7.3-stable.1",
	integrity: "sha512-XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw==",
	file:      "package/libchdb.so",
}

// ensure returns the path of the library within dir and fetches it if it is missing. A file
// under that name is whole and verified; of several processes one fetches and the others wait.
func (l library) ensure(ctx context.Context, dir string, progress func(string)) (string, error) {
	path := filepath.Join(dir, "libchdb-"+l.version+".so")
	if ok, err := exists(path); ok || err != nil {
		return path, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the cache directory: %w: set XDG_CACHE_HOME to a writable place", err)
	}
	lock := flock.New(filepath.Join(dir, "libchdb.lock"))
	defer lock.Close()
	got, err := lock.TryLock()
	if err == nil && !got {
		progress("waiting for another process that is fetching ClickHouse into " + dir)
		_, err = lock.TryLockContext(ctx, 100*time.Millisecond)
	}
	if err != nil {
		return "", fmt.Errorf("lock %s: %w", lock.Path(), err)
	}
	if ok, err := exists(path); ok || err != nil { // fetched while we waited
		return path, err
	}
	progress("fetching ClickHouse (about 170 MB, once) into " + dir)
	return path, l.fetch(ctx, dir, path)
}

func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for the engine of ClickHouse: %w", err)
	}
	return true, nil
}
