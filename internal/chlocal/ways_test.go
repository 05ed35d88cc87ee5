//go:build linux && amd64 && !noembedded

package chlocal_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
)

// way is how SQL could reach a file outside the server's folder, a program, or another server.
type way struct {
	name       string
	statements []string // {out}, {data}, {addr}, {host}, {port} and {parent} are replaced
	engine     bool     // the engine refuses it by itself, whoever asks
	bare       bool     // open where the kernel has no Landlock
	want       string   // what an answer then holds; default the secret
}

const outsideSecret = "s3cr3t-9f1c"

func read(statements ...string) []string { return statements }

func dictionary(source string) []string {
	return read(
		"CREATE DICTIONARY default.d (k UInt64, v String) PRIMARY KEY k SOURCE("+source+") LAYOUT(FLAT()) LIFETIME(0)",
		"SELECT * FROM default.d", "DROP DICTIONARY default.d")
}

func tableOn(engine string) []string {
	return read("CREATE TABLE default.w (k UInt64, v String) ENGINE = "+engine, "SELECT * FROM default.w",
		"INSERT INTO default.w VALUES (1, 'x')", "DROP TABLE default.w")
}

func databaseOn(engine string) []string {
	return read("CREATE DATABASE other ENGINE = "+engine, "SHOW TABLES FROM other", "SELECT * FROM other.`secret.tsv`",
		"SELECT * FROM other.t", "DROP DATABASE other")
}

var ways = []way{
	{name: "file(), the scalar function", statements: read("SELECT file('{out}/secret.tsv')"), bare: true},
	{
		name:       "file() within a function of SQL",
		statements: read("CREATE FUNCTION f AS () -> file('{out}/secret.tsv')", "SELECT f()", "DROP FUNCTION f"),
		bare:       true,
	},
	{
		name: "file() within a view",
		statements: read(
			"CREATE VIEW default.v AS SELECT file('{out}/secret.tsv')", "SELECT * FROM default.v", "DROP VIEW default.v"),
		bare: true,
	},
	{name: "file() through a link in its folder", statements: read("SELECT file('{data}/link/secret.tsv')"), bare: true},
	{
		name:       "file() through a link in user_files",
		statements: read("SELECT file('{data}/user_files/link/secret.tsv')"),
		bare:       true,
	},
	{
		name:       "file() through /proc/self/root",
		statements: read("SELECT file('/proc/self/root{out}/secret.tsv')"),
		bare:       true,
	},
	{
		name:       "file() of the parent's environment",
		statements: read("SELECT file('/proc/{parent}/environ')"), bare: true, want: "PATH=",
	},
	{name: "file() of the machine's users", statements: read("SELECT file('/etc/passwd')"), bare: true, want: "root:"},
	{name: "file(), the table function", statements: read("SELECT * FROM file('{out}/secret.tsv', 'LineAsString')")},
	{
		name:       "file(), written to",
		statements: read("INSERT INTO FUNCTION file('{out}/written', 'TSV', 'a String') VALUES ('x')"),
	},
	{name: "filesystem()", statements: read("SELECT * FROM filesystem('{out}')")},
	{name: "url() of a file", statements: read("SELECT * FROM url('file://{out}/secret.tsv', 'LineAsString')")},
	{
		name:       "format_template_row",
		statements: read("SELECT 1 AS x FORMAT Template SETTINGS format_template_row = '{out}/secret.tsv'"),
	},
	{name: "format_template_resultset", statements: read(
		"SELECT 1 AS x FORMAT Template SETTINGS format_template_row_format = '${x:CSV}', " +
			"format_template_resultset = '{out}/secret.tsv'")},
	{name: "engine File", statements: tableOn("File(TSV, '{out}/secret.tsv')")},
	{
		name:       "engine File, attached from a folder",
		statements: read("ATTACH TABLE default.a FROM '{out}/' (k UInt64, v String) ENGINE = File(TSV)"),
		engine:     true,
	},
	{name: "engine SQLite", statements: tableOn("SQLite('{out}/new.db', 't')")},
	{name: "engine EmbeddedRocksDB", statements: tableOn("EmbeddedRocksDB(0, '{out}/rocks') PRIMARY KEY k")},
	{name: "engine FileLog", statements: tableOn("FileLog('{out}', 'TSV')"), engine: true},
	{name: "database Filesystem", statements: databaseOn("Filesystem('{out}')")},
	{name: "database SQLite", statements: databaseOn("SQLite('{out}/new.db')")},
	{name: "sqlite()", statements: read("SELECT * FROM sqlite('{out}/new.db', 't')"), bare: true},
	{
		name:       "a disk of a table",
		statements: tableOn("MergeTree ORDER BY k SETTINGS disk = disk(type = local, path = '{out}/disk/')"),
		bare:       true,
	},
	{name: "dictionary FILE", statements: dictionary("FILE(PATH '{out}/secret.tsv' FORMAT TSV)"), engine: true},
	{name: "dictionary LIBRARY", statements: dictionary("LIBRARY(PATH '{out}/secret.tsv')"), engine: true},
	{name: "BACKUP to a file outside", statements: read("BACKUP TABLE default.own TO File('{out}/backup')"), engine: true},
	{
		name:       "BACKUP to a file outside, relative",
		statements: read("BACKUP TABLE default.own TO File('../../out/backup')"),
		engine:     true,
	},
	{name: "INTO OUTFILE", statements: read("SELECT 1 INTO OUTFILE '{out}/outfile'"), engine: true},

	{
		name:       "a program: dictionary EXECUTABLE",
		statements: dictionary(`EXECUTABLE(COMMAND 'printf "1\\t"; cat {out}/secret.tsv' FORMAT TSV)`),
	},
	{
		name:       "a program: executable()",
		statements: read("SELECT * FROM executable('cat {out}/secret.tsv', 'LineAsString', 'a String')"),
		engine:     true,
	},
	{name: "a program: engine Executable", statements: tableOn("Executable('cat {out}/secret.tsv', TSV)"), engine: true},

	{name: "url()", statements: read("SELECT * FROM url('http://{addr}/', 'LineAsString')")},
	{
		name:       "url(), written to",
		statements: read("INSERT INTO FUNCTION url('http://{addr}/', 'TSV', 'a String') VALUES ('x')"),
	},
	{name: "url() of a named collection", statements: read(
		"CREATE NAMED COLLECTION nc AS url = 'http://{addr}/', format = 'LineAsString'", "SELECT * FROM url(nc)",
		"DROP NAMED COLLECTION nc")},
	{name: "engine URL", statements: tableOn("URL('http://{addr}/', TSV)")},
	{name: "s3()", statements: read("SELECT * FROM s3('http://{addr}/bucket/x', NOSIGN, 'LineAsString')")},
	{name: "iceberg in S3", statements: read("SELECT * FROM icebergS3('http://{addr}/bucket/x/', NOSIGN)")},
	{name: "remote()", statements: read("SELECT * FROM remote('{addr}', system.one)")},
	{name: "remoteSecure()", statements: read("SELECT * FROM remoteSecure('{addr}', system.one)")},
	{name: "mysql()", statements: read("SELECT * FROM mysql('{addr}', 'd', 't', 'u', 'p')")},
	{name: "postgresql()", statements: read("SELECT * FROM postgresql('{addr}', 'd', 't', 'u', 'p')")},
	{name: "redis()", statements: read("SELECT * FROM redis('{addr}', 'k', 'k String')")},
	{name: "database MySQL", statements: databaseOn("MySQL('{addr}', 'd', 'u', 'p')")},
	{name: "database PostgreSQL", statements: databaseOn("PostgreSQL('{addr}', 'd', 'u', 'p')")},
	{name: "dictionary HTTP", statements: dictionary("HTTP(URL 'http://{addr}/' FORMAT TSV)")},
	{name: "dictionary CLICKHOUSE", statements: dictionary("CLICKHOUSE(HOST '{host}' PORT {port} TABLE 't')")},
	{
		name:       "dictionary MYSQL",
		statements: dictionary("MYSQL(HOST '{host}' PORT {port} USER 'u' PASSWORD 'p' DB 'd' TABLE 't')"),
	},
	{name: "dictionary REDIS", statements: dictionary("REDIS(HOST '{host}' PORT {port} STORAGE_TYPE 'simple')")},
	{name: "a schema registry of Avro", statements: read(
		"SELECT * FROM format(AvroConfluent, 'a Int32', unhex('000000000102')) " +
			"SETTINGS format_avro_schema_registry_url = 'http://{addr}/'")},
	{name: "BACKUP to S3", statements: read(
		"BACKUP TABLE default.own TO S3('http://{addr}/bucket/x', 'a', 'b') SETTINGS s3_request_timeout_ms = 500, " +
			"s3_retry_attempts = 0, s3_max_single_read_retries = 0"), bare: true},

	{
		name: "CREATE USER", statements: read("CREATE USER another", "SHOW CREATE USER another"), engine: true,
		want: "CREATE USER another",
	},
}

// outside is what a server is not to reach: a folder with a secret, and another server.
type outside struct {
	dir, addr string
	contacts  atomic.Int64
}

func newOutside(t *testing.T) *outside {
	t.Helper()
	o := &outside{dir: filepath.Join(t.TempDir(), "out")}
	if err := os.Mkdir(o.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	o.reset(t)
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	o.addr = ln.Addr().String()
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			o.contacts.Add(1)
			_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\n1\tx\n"))
			_ = c.Close()
		}
	}()
	return o
}

// reset leaves the secret alone in the folder.
func (o *outside) reset(t *testing.T) {
	t.Helper()
	for _, name := range o.files(t) {
		if err := os.RemoveAll(filepath.Join(o.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(o.dir, "secret.tsv"), []byte("1\t"+outsideSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.contacts.Store(0)
}

func (o *outside) files(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(o.dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// try goes a way as a user, and says what came of it: open is what was reached, or empty.
func (o *outside) try(t *testing.T, s *chlocal.Server, data, user, password string, w way) (open, refusal string) {
	t.Helper()
	o.reset(t)
	host, port, _ := net.SplitHostPort(o.addr)
	fill := strings.NewReplacer("{out}", o.dir, "{data}", data, "{addr}", o.addr, "{host}", host, "{port}", port,
		"{parent}", strconv.Itoa(os.Getpid()))
	want := w.want
	if want == "" {
		want = outsideSecret
	}
	for _, statement := range w.statements {
		status, body := ask(t, s, user, password, fill.Replace(statement))
		if strings.Contains(body, want) {
			open = "answered"
		}
		if status != http.StatusOK && refusal == "" {
			refusal, _, _ = strings.Cut(body, " DB::")
			refusal, _, _ = strings.Cut(strings.TrimPrefix(refusal, "Poco::Exception. "), ",")
		}
	}
	if n := o.contacts.Load(); n > 0 {
		open = "contacted"
	}
	if len(o.files(t)) != 1 {
		open = "written"
	}
	return open, refusal
}

// ask sends one statement over HTTP.
func ask(t *testing.T, s *chlocal.Server, user, password, statement string) (status int, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second) // some try again and again to connect
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.HTTPAddr()+"/",
		bytes.NewBufferString(statement))
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	resp, err := http.DefaultClient.Do(req)
	if errors.Is(err, context.DeadlineExceeded) {
		return 0, "no answer"
	}
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return resp.StatusCode, string(text)
}

// Each way is closed, to default and to a reader, and shown to be one on a server without Landlock and limits. Without
// Landlock alone, as on an old kernel, those that only Landlock closes are open, and no others.
func TestWaysOut(t *testing.T) {
	t.Parallel()
	reader := chlocal.User{
		Name:     "reader",
		Grants:   []string{"GRANT SELECT ON d.v"},
		Settings: []chlocal.Setting{{Name: "readonly", Value: "2"}},
	}
	target := newOutside(t)
	type place struct {
		server *chlocal.Server
		data   string
	}
	start := func(change func(chlocal.Options) chlocal.Options) place {
		dir := filepath.Join(t.TempDir(), "data")
		s := chtest.Server(t, change(chlocal.Options{Path: dir, Users: []chlocal.User{reader}}))
		for _, statement := range []string{
			"CREATE TABLE default.own (a UInt64) ENGINE = MergeTree ORDER BY a", "INSERT INTO default.own VALUES (1)",
		} {
			if status, body := ask(t, s, "default", s.Password(), statement); status != http.StatusOK {
				t.Fatal(body)
			}
		}
		if err := os.MkdirAll(filepath.Join(dir, "user_files"), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, link := range []string{"link", "user_files/link"} {
			if err := os.Symlink(target.dir, filepath.Join(dir, link)); err != nil {
				t.Fatal(err)
			}
		}
		return place{s, dir}
	}
	closed := start(func(o chlocal.Options) chlocal.Options { return o })
	bare := start(func(o chlocal.Options) chlocal.Options { return chlocal.Landlock(o, 0) })
	open := start(func(o chlocal.Options) chlocal.Options { return chlocal.Unlimited(chlocal.Landlock(o, 0)) })

	t.Logf("%-40s %-12s %-12s %-22s %s", "way", "default", "reader", "without Landlock", "control: no limits either")
	for _, w := range ways {
		got, _ := target.try(t, closed.server, closed.data, "default", closed.server.Password(), w)
		as, _ := target.try(t, closed.server, closed.data, "reader", "", w)
		old, _ := target.try(t, bare.server, bare.data, "default", bare.server.Password(), w)
		control, why := target.try(t, open.server, open.data, "default", open.server.Password(), w)
		show := func(open string) string {
			if open == "" {
				return "closed"
			}
			return "OPEN: " + open
		}
		last := "works: " + control
		if control == "" {
			last = "the engine refuses it: " + why
		}
		t.Logf("%-40s %-12s %-12s %-22s %s", w.name, show(got), show(as), show(old), last)
		if got != "" || as != "" {
			t.Errorf("%s: %s as default, %s as reader; want closed", w.name, show(got), show(as))
		}
		if (old != "") != w.bare {
			t.Errorf("%s: without Landlock %s", w.name, show(old))
		}
		if (control == "") != w.engine {
			t.Errorf("%s: the control %s", w.name, last)
		}
	}
	alive(t, closed.server)
}
