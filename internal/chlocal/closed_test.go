//go:build linux && amd64 && !noembedded

package chlocal_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
)

func TestPassword(t *testing.T) {
	t.Parallel()
	made := chtest.Server(t, chlocal.Options{})
	if other := chtest.Server(t, chlocal.Options{}); len(made.Password()) < 16 || other.Password() == made.Password() {
		t.Errorf("passwords %q and %q", made.Password(), other.Password())
	}
	given := chtest.Server(t, chlocal.Options{
		Password: `pass "word" <&> ü$`, Users: []chlocal.User{{Name: "other", Password: "another"}},
	})
	if given.Password() != `pass "word" <&> ü$` {
		t.Errorf("password %q", given.Password())
	}
	for _, s := range []*chlocal.Server{made, given} {
		for password, right := range map[string]bool{"": false, "wrong": false, "another": false, s.Password(): true} {
			err := connect(t, s, clickhouse.Auth{Username: "default", Password: password}).Ping(t.Context())
			if right != (err == nil) || !right && code(err) != codeWrongPassword {
				t.Errorf("native, password %q: %v", password, err)
			}
		}
		nobody := connect(t, s, clickhouse.Auth{Username: "nobody", Password: s.Password()})
		if err := nobody.Ping(t.Context()); code(err) != codeWrongPassword {
			t.Errorf("native, another user with that password: %v", err)
		}
	}
}

// A page of another site can send requests here without asking first, and a name of its own can point here. None knows
// the password.
func TestForeignPages(t *testing.T) {
	t.Parallel()
	s := chtest.Server(t, chlocal.Options{})
	right := url.Values{"user": {"default"}, "password": {s.Password()}}.Encode()
	for _, c := range []struct {
		name, method, query string
		header              http.Header
		want                int
	}{
		{name: "no password", method: http.MethodPost, want: 401},
		{name: "no password, GET", method: http.MethodGet, query: "query=SELECT+1", want: 401},
		{name: "an empty password", method: http.MethodPost, query: "user=default&password=", want: 401},
		{name: "a wrong password", method: http.MethodPost, query: "user=default&password=wrong", want: 401},
		{name: "a simple POST of another site", method: http.MethodPost, want: 401,
			header: http.Header{"Origin": {"https://evil.example"}, "Content-Type": {"text/plain"}}},
		{name: "a name of another site", method: http.MethodPost, want: 401, header: http.Header{"Host": {"evil.example"}}},
		{
			name:   "its own origin",
			method: http.MethodPost, want: 401, header: http.Header{"Origin": {"http://" + s.HTTPAddr()}},
		},
		{name: "the password", method: http.MethodPost, query: right, want: 200},
		{name: "the password, GET", method: http.MethodGet, query: right + "&query=SELECT+1", want: 200},
		{name: "the password in headers", method: http.MethodPost, want: 200,
			header: http.Header{"X-ClickHouse-User": {"default"}, "X-ClickHouse-Key": {s.Password()}}},
	} {
		var body strings.Reader
		if c.method == http.MethodPost {
			body = *strings.NewReader("SELECT 1")
		}
		req, err := http.NewRequestWithContext(t.Context(), c.method, "http://"+s.HTTPAddr()+"/?"+c.query, &body)
		if err != nil {
			t.Fatal(err)
		}
		req.Close = true
		if c.header != nil {
			req.Header, req.Host = c.header, c.header.Get("Host")
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		t.Logf("%-32s %d", c.name, resp.StatusCode)
		if resp.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", c.name, resp.StatusCode, c.want)
		}
	}
}

// Once it answers, no password is in a file, on a command line or in an environment, and nothing of the parent's
// environment is.
func TestNoTraceOfPasswords(t *testing.T) {
	cache := cacheDir(t)
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("SOMETHING_OF_THE_USERS", "s3cr3t")
	s := chtest.Server(t, chlocal.Options{
		CacheDir: cache, Users: []chlocal.User{{Name: "other", Password: "another-password"}},
	})
	proc := fmt.Sprintf("/proc/%d/", s.PID())
	seen := 0
	look := func(name string) {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		seen++
		for _, secret := range []string{
			s.Password(), "another-password", "s3cr3t", "SOMETHING_OF_THE_USERS", "password", "http_authentication",
		} {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s holds %q", name, secret)
			}
		}
	}
	look(proc + "environ")
	look(proc + "cmdline")
	err := filepath.WalkDir(os.TempDir(), func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			look(path)
		}
		return err
	})
	if err != nil || seen < 4 {
		t.Errorf("%d files seen, %v", seen, err)
	}
	folder, err := filepath.Glob(filepath.Join(os.TempDir(), "mnaflow-clickhouse-*"))
	if err != nil || len(folder) != 1 {
		t.Fatal(folder, err)
	}
	mode(t, folder[0], 0o700)
	// The users stay when the engine is asked to read them again.
	if status, body := ask(t, s, "default", s.Password(), "SYSTEM RELOAD USERS"); status != http.StatusOK {
		t.Log(body)
	}
	alive(t, s)
}

func mode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != want {
		t.Errorf("%s: %v, %v; want %v", path, info.Mode(), err, want)
	}
}

func TestDataDirectoryIsPrivate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := errors.Join(os.Chmod(dir, 0o755), os.Mkdir(filepath.Join(dir, "lost+found"), 0o700)); err != nil {
		t.Fatal(err)
	}
	s := chtest.Server(t, chlocal.Options{Path: dir})
	mode(t, dir, 0o700)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	chtest.Server(t, chlocal.Options{Path: dir}) // again, with data

	home := t.TempDir()
	err := errors.Join(os.Chmod(home, 0o755), os.WriteFile(filepath.Join(home, "config.yaml"), nil, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	foreign := "/" // root's
	if os.Geteuid() == 0 {
		if foreign = t.TempDir(); os.Chown(foreign, 12345, -1) != nil {
			t.Fatal("chown")
		}
	}
	for path, want := range map[string]string{
		home: "holds something else", foreign: "belongs to another user",
		filepath.Join(home, "config.yaml"): "data directory cannot be used: it cannot be made: mkdir ",
	} {
		_, err := chlocal.Start(t.Context(), chlocal.Options{Path: path})
		if !errors.Is(err, chlocal.ErrPathUnfit) || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), "--path") {
			t.Errorf("%s: %v, want that it %s", path, err, want)
		}
	}
	mode(t, home, 0o755)
}

// A cluster's tests need it; nothing else does.
func TestRemote(t *testing.T) {
	t.Parallel()
	far := chtest.Server(t, chlocal.Options{Users: []chlocal.User{{Name: "peer", Password: "peer"}}})
	for _, remote := range []bool{true, false} {
		near := chtest.Server(t, chlocal.Options{Remote: remote})
		err := connect(t, near, as(near)).Exec(t.Context(),
			"SELECT * FROM remote('"+far.TCPAddr()+"', system.one, 'peer', 'peer')")
		if remote != (err == nil) || !remote && code(err) != codeAccessDenied {
			t.Errorf("with Remote %t: %v", remote, err)
		}
	}
}

// What default keeps: every database, DDL, DML, dictionaries of its own tables, and backups within its folder.
func TestDefaultKeepsItsRights(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := chtest.Server(t, chlocal.Options{Path: dir})
	conn := connect(t, s, as(s))
	must(t, conn,
		"CREATE DATABASE d",
		"CREATE TABLE d.t (k UInt64, v String) ENGINE = ReplacingMergeTree ORDER BY k",
		"INSERT INTO d.t VALUES (1, 'a')",
		"ALTER TABLE d.t ADD COLUMN w UInt8",
		"CREATE VIEW d.v DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT k FROM d.t",
		"CREATE MATERIALIZED VIEW d.m ENGINE = MergeTree ORDER BY k AS SELECT k FROM d.t",
		"CREATE TEMPORARY TABLE x (a UInt8)",
		"CREATE DICTIONARY d.dict (k UInt64, v String) PRIMARY KEY k "+
			"SOURCE(CLICKHOUSE(DB 'd' TABLE 't' USER 'default' PASSWORD '"+s.Password()+"')) LAYOUT(FLAT()) LIFETIME(0)",
		"SELECT throwIf(dictGet('d.dict', 'v', 1) != 'a')",
		"ALTER TABLE d.t UPDATE v = 'b' WHERE k = 1 SETTINGS mutations_sync = 1",
		"OPTIMIZE TABLE d.t FINAL",
		"BACKUP DATABASE d TO File('one')",
		"DROP DATABASE d SYNC",
		"RESTORE DATABASE d FROM File('one')",
		"SELECT throwIf(count() != 1) FROM d.t WHERE v = 'b'",
		"BACKUP TABLE d.t TO Memory('b')",
		"TRUNCATE TABLE d.t",
	)
	if _, err := os.Stat(filepath.Join(dir, "backups", "one")); err != nil {
		t.Error(err)
	}
}

// Each kernel without what would close it says so.
func TestOldKernels(t *testing.T) {
	t.Parallel()
	for version, want := range map[int]string{0: "can read all files", 3: "other servers", 4: ""} {
		var said []string
		s := chtest.Server(t,
			chlocal.Landlock(chlocal.Options{Progress: func(msg string) { said = append(said, msg) }}, version))
		if text := strings.Join(said, "\n"); (want == "") != (text == "") || !strings.Contains(text, want) ||
			strings.Contains(text, "\n") {
			t.Errorf("Landlock %d: %q", version, text)
		}
		for statement, closed := range map[string]bool{
			"SELECT file('/etc/passwd')": version >= 2,
			"CREATE DICTIONARY default.d (k UInt64) PRIMARY KEY k SOURCE(NULL()) LAYOUT(FLAT()) LIFETIME(0)": version < 4,
		} {
			if err := connect(t, s, as(s)).Exec(t.Context(), statement); (err != nil) != closed {
				t.Errorf("Landlock %d: %s: %v", version, statement, err)
			}
		}
	}
}
