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
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const fetchPrefix = "fetch-"

// fetch downloads, verifies and installs the library as path. The caller holds dir's lock.
func (l library) fetch(ctx context.Context, dir, path string) (err error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return fmt.Errorf("%w, which fetches the embedded ClickHouse: install Node.js with npm, or %s", ErrNoNPM, ownServer)
	}
	// We hold the lock, so these are leftovers of processes that were killed.
	old, _ := filepath.Glob(filepath.Join(dir, fetchPrefix+"*")) // fails only on a bad pattern
	for _, name := range old {
		if err := os.RemoveAll(name); err != nil {
			return fmt.Errorf("remove what an earlier fetch left: %w", err)
		}
	}
	// Inside dir, so that the last rename is atomic.
	tmp, err := os.MkdirTemp(dir, fetchPrefix)
	if err != nil {
		return fmt.Errorf("make a folder to fetch ClickHouse into: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	tarball, err := l.pack(ctx, npm, tmp)
	if err != nil {
		return err
	}
	unpacked := filepath.Join(tmp, "library")
	if err := l.unpack(ctx, tarball, unpacked); err != nil {
		return fmt.Errorf("unpack %s@%s: %w", l.pkg, l.version, err)
	}
	return os.Rename(unpacked, path)
}

// pack downloads the tarball into tmp with npm, which knows the user's registry and proxy.
func (l library) pack(ctx context.Context, npm, tmp string) (string, error) {
	cmd := exec.CommandContext(ctx, npm, "pack", l.pkg+"@"+l.version,
		"--loglevel=error", // --silent would hide every error
		"--ignore-scripts",
		"--pack-destination", tmp,
		"--cache", filepath.Join(tmp, "npm")) // or the user's npm cache keeps another 170 MB
	cmd.Dir = tmp
	cmd.WaitDelay = 5 * time.Second // for what npm itself started
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", fmt.Errorf("fetch the embedded ClickHouse: %w", context.Cause(ctx))
		}
		said := strings.Join(strings.Fields(stderr.String()), " ")
		return "", fmt.Errorf("fetch the embedded ClickHouse: npm pack: %w: %s: "+
			"check the connection to the npm registry, or %s", err, said, ownServer)
	}
	found, err := filepath.Glob(filepath.Join(tmp, "*.tgz"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("fetch the embedded ClickHouse: npm pack left %d tarballs instead of one", len(found))
	}
	return found[0], nil
}

// unpack writes the library to dst and verifies the tarball's hash in the same pass. What it
// leaves at dst after an error must not be used.
func (l library) unpack(ctx context.Context, tarball, dst string) (err error) {
	f, err := os.Open(tarball)
	if err != nil {
		return err
	}
	defer f.Close()
	hash := sha512.New()
	whole := io.TeeReader(reader{ctx, f}, hash)
	extractErr := extract(whole, l.file, dst)
	if _, err := io.Copy(io.Discard, whole); err != nil { // the hash covers what follows too
		return err
	}
	// The hash first: a wrong file is the cause of every other error.
	if got := "sha512-" + base64.StdEncoding.EncodeToString(hash.Sum(nil)); got != l.integrity {
		return fmt.Errorf("the tarball's hash is %s instead of %s: "+
			"the registry or a proxy serves another file; nothing was installed", got, l.integrity)
	}
	return extractErr
}

// extract writes the entry called name of a gzipped tar to dst.
func extract(r io.Reader, name, dst string) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	t := tar.NewReader(z)
	for {
		h, err := t.Next()
		if err == io.EOF {
			return fmt.Errorf("no %s in the tarball", name)
		}
		if err != nil {
			return err
		}
		if h.Name == name && h.Typeflag == tar.TypeReg {
			return save(t, dst)
		}
	}
}

func save(r io.Reader, dst string) (err error) {
	out, err := os.OpenFile(dst, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, r)
	return err
}

// reader ends with its context: unpacking takes seconds.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.r.Read(p)
}
