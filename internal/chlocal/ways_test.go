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

const outsideSecret = "s3cr3t-9f1c"

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
