//go:build linux && amd64 && !noembedded

package chlocal_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
)

func connect(t *testing.T, s *chlocal.Server, auth clickhouse.Auth) driver.Conn {
	t.Helper()
	conn, err := clickhouse.Open(&clickhouse.Options{Addr: []string{s.TCPAddr()}, Auth: auth})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func must(t *testing.T, conn driver.Conn, statements ...string) {
	t.Helper()
	for _, q := range statements {
		if err := conn.Exec(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

func count(t *testing.T, conn driver.Conn, from string) uint64 {
	t.Helper()
	var n uint64
	if err := conn.QueryRow(t.Context(), "SELECT count() FROM "+from).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// get runs a query over HTTP as the user default.
func get(t *testing.T, s *chlocal.Server, query string) string {
	t.Helper()
	return getFrom(t, s.HTTPAddr(), s.Password(), query)
}

func getFrom(t *testing.T, addr, password, query string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		"http://"+addr+"/?query="+url.QueryEscape(query), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("default", password)
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(body))
}

func port(t *testing.T, addr string) int {
	t.Helper()
	_, p, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(p)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestServerAnswersOverBothProtocolsAndEnds(t *testing.T) {
	cache := cacheDir(t)
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("HOME", "/no-home") // as under testscript
	s := chtest.Server(t, chlocal.Options{CacheDir: cache})
	if n := count(t, connect(t, s, as(s)), "numbers(7)"); n != 7 {
		t.Errorf("native: %d", n)
	}
	if got := get(t, s, "SELECT 1 + 1"); got != "2" {
		t.Errorf("HTTP: %q", got)
	}
	if s.Err() != nil {
		t.Errorf("while it runs: %v", s.Err())
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	<-s.Done()
	if s.Err() != nil {
		t.Errorf("after Close: %v", s.Err())
	}
	if err := syscall.Kill(s.PID(), 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the process is still there: %v", err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func as(s *chlocal.Server) clickhouse.Auth { return clickhouse.Auth{Password: s.Password()} }

func TestKeptPathSurvivesAKill(t *testing.T) {
	o := chlocal.Options{Path: filepath.Join(t.TempDir(), "data")}
	s := chtest.Server(t, o)
	must(t, connect(t, s, as(s)),
		"CREATE DATABASE d",
		"CREATE TABLE d.t (a UInt64) ENGINE = ReplacingMergeTree(a) ORDER BY a",
		"INSERT INTO d.t SELECT number FROM numbers(1000)")
	if err := syscall.Kill(s.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if err := s.Err(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("Err() = %v, want that it was killed", err)
	}
	o.TCPPort, o.HTTPPort = port(t, s.TCPAddr()), port(t, s.HTTPAddr())
	again := chtest.Server(t, o)
	if again.TCPAddr() != s.TCPAddr() || again.HTTPAddr() != s.HTTPAddr() {
		t.Errorf("other ports: %s %s", again.TCPAddr(), again.HTTPAddr())
	}
	if n := count(t, connect(t, again, as(again)), "d.t"); n != 1000 {
		t.Errorf("%d rows left of 1000", n)
	}
}

func TestTwoServersAtOnce(t *testing.T) {
	a, b := chtest.Server(t, chlocal.Options{}), chtest.Server(t, chlocal.Options{})
	must(t, connect(t, a, as(a)), "CREATE DATABASE only_in_a")
	if n := count(t, connect(t, b, as(b)), "system.databases WHERE name = 'only_in_a'"); n != 0 {
		t.Error("both work on the same data")
	}
}

func TestTakenPort(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for flag, o := range map[string]chlocal.Options{
		"--tcp-port":  {TCPPort: port(t, l.Addr().String())},
		"--http-port": {HTTPPort: port(t, l.Addr().String())},
	} {
		_, err := chlocal.Start(t.Context(), o)
		want := strconv.Itoa(port(t, l.Addr().String())) + ": choose another " + flag + ", or leave it out for a free one"
		if !errors.Is(err, chlocal.ErrPortTaken) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", flag, err)
		}
	}
}

func TestPathInUse(t *testing.T) {
	o := chlocal.Options{Path: t.TempDir()}
	s := chtest.Server(t, o)
	_, err := chlocal.Start(t.Context(), o)
	if !errors.Is(err, chlocal.ErrPathInUse) || !strings.Contains(err.Error(), o.Path) {
		t.Errorf("second server: %v", err)
	}
	if got := get(t, s, "SELECT 1"); got != "1" {
		t.Errorf("the first server: %q", got)
	}
}

func TestStartHonoursItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := chlocal.Start(ctx, chlocal.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Start: %v", err)
	}
}

// cacheDir is where the engine is, for tests that move HOME.
func cacheDir(t *testing.T) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "mnaflow")
}
