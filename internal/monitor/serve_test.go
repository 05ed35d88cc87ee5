package monitor_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// serve answers on a port of its own until stop is called, which returns what Serve did.
func (r *rig) serve() (url string, stop func() error) {
	r.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Serve(ctx, ln) }()
	return "http://" + ln.Addr().String(), func() error { cancel(); return <-ended }
}

func TestServe(t *testing.T) {
	r := newRig(t)
	url, stop := r.serve()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for _, c := range []struct {
		method, path string
		code         int
		says         string
	}{
		{"GET", "/healthz", 200, "ok\n"},
		{"HEAD", "/healthz", 200, ""},
		{"GET", "/", 200, "/healthz  "},
		{"GET", "/readyz", 503, "FAIL scheduler: it has not started yet"},
		{"GET", "/metrics", 200, `mnaflow_build_info{goversion="go`},
		{"GET", "/metrics", 200, "\ngo_goroutines "},
		{"POST", "/healthz", 405, ""},
		{"GET", "/nothing", 404, ""},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, url+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != c.code || !strings.Contains(string(body), c.says) {
			t.Errorf("%s %s: want %d and %q, got %d:\n%s", c.method, c.path, c.code, c.says, resp.StatusCode, body)
		}
	}
	// Neither an idle connection nor one that never sends a request delays the end for long.
	silent, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	before := time.Now()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(before); took > 10*time.Second { // as long as a signal gives a process
		t.Errorf("stopping took %s", took)
	}
	if conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://")); err == nil {
		_ = conn.Close()
		t.Error("it still listens")
	}
}

func TestServeSaysWhyItEnded(t *testing.T) {
	r := newRig(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	if err := r.Serve(t.Context(), ln); err == nil ||
		!strings.Contains(err.Error(), "serving health and metrics on "+ln.Addr().String()) {
		t.Errorf("got %v", err)
	}
}
