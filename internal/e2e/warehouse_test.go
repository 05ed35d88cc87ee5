//go:build linux && amd64 && !noembedded

package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mnaflow/mnaflow/internal/cli"
	"github.com/mnaflow/mnaflow/migrations"
)

// running is `mnaflow warehouse` with what it printed.
type running struct {
	t              *testing.T
	text           string
	addr, password string // of the user default
}

func startWarehouseCommand(t *testing.T, env map[string]string, args ...string) *running {
	t.Helper()
	out, in := io.Pipe()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	var stderr strings.Builder
	go func() {
		code := cli.Run(ctx, cli.World{
			Args: append([]string{"warehouse"}, args...), Stdout: in, Stderr: &stderr, Now: time.Now,
			Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		})
		_ = in.Close()
		ended <- code
	}()
	w := &running{t: t}
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("exit %d\n%s", code, stderr.String())
		}
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		w.text += lines.Text() + "\n"
		if strings.HasPrefix(lines.Text(), "Stop it") {
			break
		}
	}
	found := regexp.MustCompile(`^ClickHouse answers on (\S+), user default, password (.+)\n`).FindStringSubmatch(w.text)
	if found == nil {
		t.Fatalf("it says:\n%s", w.text)
	}
	w.addr, w.password = found[1], found[2]
	return w
}

func (w *running) connect(user, password string) driver.Conn {
	w.t.Helper()
	conn, err := clickhouse.Open(&clickhouse.Options{
		Addr: []string{w.addr}, Auth: clickhouse.Auth{Username: user, Password: password},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// configured is a configuration file that ends with what the warehouse printed for it.
func (w *running) configured() string {
	w.t.Helper()
	_, section, _ := strings.Cut(w.text, "Configuration:\n")
	section, _, _ = strings.Cut(section, "Stop it")
	path := filepath.Join(w.t.TempDir(), "config.yaml")
	text := "accounts: [{name: main}]\nextract: {start: 2026-01-01}\n" + strings.ReplaceAll("\n"+section, "\n  ", "\n")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// column reads the first column of a query.
func column(t *testing.T, conn driver.Conn, query string) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		out = append(out, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func refused(err error) int32 {
	if e, ok := errors.AsType[*clickhouse.Exception](err); ok {
		return e.Code
	}
	return 0
}

// The reader selects from each public view and from nothing else, within its limits; and what migrate prints for a
// server of one's own says the same as what the embedded one was started with.
func TestReader(t *testing.T) {
	t.Parallel()
	env := map[string]string{"CLICKHOUSE_PASSWORD": `it's "$ecret" ${HOME}`, "CLICKHOUSE_READER_PASSWORD": "reader's own",
		"TENCENTCLOUD_SECRET_ID": "id", "TENCENTCLOUD_SECRET_KEY": "key"}
	w := startWarehouseCommand(t, env, "--reader", "analyst")
	mention(t, w.text, "password from CLICKHOUSE_PASSWORD\n", "/play?user=default&database=mnaflow\n",
		"password: ${CLICKHOUSE_PASSWORD}\n",
		"password from CLICKHOUSE_READER_PASSWORD:")
	if strings.Contains(w.text, "ecret") || strings.Contains(w.text, "own") {
		t.Errorf("a password of the environment is shown:\n%s", w.text)
	}
	config := w.configured()
	command := func(args ...string) result {
		t.Helper()
		var stdout, stderr strings.Builder
		code := cli.Run(t.Context(), cli.World{
			Args: append([]string{"--config", config}, args...), Stdout: &stdout, Stderr: &stderr, Now: time.Now,
			Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		})
		if code != 0 {
			t.Fatalf("%v: exit %d\n%s", args, code, stderr.String())
		}
		return result{code, stdout.String(), stderr.String()}
	}
	command("migrate") // with what it printed as its configuration

	reader, admin := w.connect("analyst", "reader's own"), w.connect("default", env["CLICKHOUSE_PASSWORD"])
	readable, closed := 0, 0
	for _, name := range column(t, admin, "SELECT name FROM system.tables WHERE database = 'mnaflow'") {
		argument := ""
		if strings.HasSuffix(name, "_as_of") {
			argument = "(at = '2026-01-01')"
		}
		err := reader.Exec(t.Context(), "SELECT * FROM mnaflow."+name+argument)
		switch public := slices.Contains(migrations.PublicViews(), name); {
		case public && err == nil:
			readable++
		case !public && refused(err) == 497:
			closed++
		default:
			t.Errorf("%s, public %t: %v", name, public, err)
		}
	}
	t.Logf("%d public views are readable, %d other tables and views are refused", readable, closed)
	if readable != len(migrations.PublicViews()) || closed < 8 {
		t.Errorf("%d readable of %d, %d refused", readable, len(migrations.PublicViews()), closed)
	}
	for statement, want := range map[string]int32{
		"SELECT 1 SETTINGS max_execution_time = 600, max_threads = 1": 0,
		"SELECT 1 SETTINGS max_execution_time = 0":                    452,
		"SELECT 1 SETTINGS max_execution_time = 601":                  452,
		"SELECT 1 SETTINGS max_memory_usage = 0":                      452,
		"SELECT 1 SETTINGS readonly = 0":                              164,
		"SELECT 1 SETTINGS profile = 'default', max_memory_usage = 0": 452,
		"CREATE TABLE mnaflow.x (a UInt8) ENGINE = Memory":            497,
		"INSERT INTO mnaflow.facts SELECT * FROM mnaflow.facts":       497,
		"CREATE VIEW mnaflow.x AS SELECT * FROM mnaflow.facts":        497,
		"CREATE TEMPORARY TABLE x (a UInt8)":                          497,
		"SELECT * FROM system.users":                                  497,
		"SELECT count() FROM mergeTreeIndex('mnaflow', 'facts')":      497,
		"SELECT * FROM merge('mnaflow', 'facts')":                     636,
		"SELECT * FROM system.processes":                              497,
		"SELECT * FROM remote('127.0.0.1:9000', mnaflow.facts)":       497,
		"BACKUP TABLE mnaflow.facts TO File('x')":                     497,
	} {
		if got := refused(reader.Exec(t.Context(), statement)); got != want {
			t.Errorf("%s: code %d, want %d", statement, got, want)
		}
	}

	printed := command("migrate", "--print-reader-sql", "analyst")
	if strings.Contains(printed.String(), "reader's own") {
		t.Errorf("the password is printed:\n%s", printed)
	}
	var grants []string
	for statement := range strings.SplitSeq(strings.TrimSuffix(printed.stdout, ";\n"), ";\n") {
		if err := admin.Exec(t.Context(), "EXPLAIN AST "+statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
		if grant, ok := strings.CutPrefix(statement, "GRANT SELECT ON "); ok {
			what := strings.NewReplacer("`", "", " TO mnaflow_reader", "").Replace(strings.ReplaceAll(grant, "`", ""))
			grants = append(grants, "GRANT SELECT ON "+what+" TO analyst")
		}
	}
	slices.Sort(grants)
	if got := column(t, reader, "SHOW GRANTS"); !slices.Equal(got, grants) {
		t.Errorf("the embedded reader has\n%s\nand what is printed is\n%s", strings.Join(got, "\n"),
			strings.Join(grants, "\n"))
	}
}

// The link opens ClickHouse's page, which asks the server with what stands in the link.
func TestWarehouseLink(t *testing.T) {
	t.Parallel()
	w := startWarehouseCommand(t, nil, "--reader", "analyst")
	mention(t, w.text, "Reader analyst, password ", "addresses: [\""+w.addr+"\"]", "password: \""+w.password+"\"")
	link := regexp.MustCompile(`http://\S+/play\?\S+`).FindString(w.text)
	parsed, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{"user": {"default"}, "password": {w.password}, "database": {"mnaflow"}}
	if fmt.Sprint(parsed.Query()) != fmt.Sprint(want) {
		t.Errorf("the link has %v", parsed.Query())
	}
	for address, code := range map[string]int{link: 200, "http://" + parsed.Host + "/?query=SELECT+1": 401,
		"http://" + parsed.Host + "/?query=SELECT+1&password=" + url.QueryEscape(w.password): 200} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Close = true
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if _ = resp.Body.Close(); err != nil || resp.StatusCode != code {
			t.Errorf("%s answers %d, %v", address, resp.StatusCode, err)
		}
		if address == link && !strings.Contains(string(body), "get('database')") {
			t.Errorf("the page does not take its database from the link")
		}
	}
}
