package extract_test

import (
	"bytes"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/mnaflow/mnaflow/internal/flow"
)

func TestNobodyListens(t *testing.T) {
	r := newRig(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.config.Endpoint = "http://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = r.fetch(hourly, aDay)
	if got := r.failure(err); got.Class != flow.Transient || got.Attempts != 6 ||
		!strings.Contains(err.Error(), listener.Addr().String()) {
		t.Errorf("%s after %d requests: %s", got.Class, got.Attempts, err)
	}
}

func TestTheNameIsUnknown(t *testing.T) {
	r := newRig(t)
	r.config.Endpoint = "http://mna.invalid"
	r.deps.Transport = &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "mna.invalid", IsNotFound: true}
	}}
	_, err := r.fetch(hourly, aDay)
	if got := r.failure(err); got.Class != flow.Transient || got.Attempts != 6 ||
		!strings.Contains(err.Error(), "lookup mna.invalid: no such host") {
		t.Errorf("%s after %d requests: %s", got.Class, got.Attempts, err)
	}
}

func TestACertificateThatIsNotTrusted(t *testing.T) {
	r := newRig(t)
	server := httptest.NewUnstartedServer(r.sim)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	r.config.Endpoint = server.URL
	_, err := r.fetch(hourly, aDay)
	if got := r.failure(err); got.Class != flow.Transient || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("%s: %s", got.Class, err)
	}
	if n := r.sim.Stats().Received; n != 0 {
		t.Errorf("%d requests were sent to a server that is not trusted", n)
	}

	r.deps.Transport = server.Client().Transport // which trusts it
	if _, err := r.fetch(hourly, aDay); err != nil {
		t.Error(err)
	}
}

// TestAnswersThatAreNotTheAPIs: answers of proxies and captive portals.
func TestAnswersThatAreNotTheAPIs(t *testing.T) {
	for _, c := range []struct {
		what     string
		answer   http.HandlerFunc
		class    flow.Class
		requests int32
		text     string
	}{
		{"a page", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>log in") },
			flow.Transient, 6, "is not the API's JSON"},
		{"nothing", func(http.ResponseWriter, *http.Request) {}, flow.Transient, 6, "the answer of 0 bytes"},
		{"a redirection, not followed", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/login", http.StatusTemporaryRedirect)
		}, flow.Rejected, 1, "HTTP status 307"},
		{"a good answer under a bad status", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, `{"Response":{"NetDetails":[],"RequestId":"r-1"}}`)
		}, flow.Transient, 6, "HTTP status 502"},
		{"a stream of events", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "data: {}\n\n")
		}, flow.Transient, 6, "is not the API's JSON"},
		{"a body without end", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(bytes.Repeat([]byte(" "), 32<<20+1))
		}, flow.Transient, 6, "the answer is longer than 33554432 bytes"},
	} {
		t.Run(c.what, func(t *testing.T) {
			var requests atomic.Int32
			r := newRig(t).serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				c.answer(w, r)
			}))
			_, err := r.fetch(hourly, aDay)
			if got := r.failure(err); got.Class != c.class || requests.Load() != c.requests ||
				!strings.Contains(err.Error(), c.text) {
				t.Errorf("%s after %d requests: %s\nwant %s after %d: %s", got.Class, requests.Load(), err, c.class,
					c.requests, c.text)
			}
		})
	}
}

// TestConnectionsAreUsedAgain: three rounds of twenty concurrent requests open twenty connections.
func TestConnectionsAreUsedAgain(t *testing.T) {
	const workers = 20
	r := newRig(t)
	var mu sync.Mutex
	arrived, full := 0, make(chan struct{})
	meet := func() { // until as many requests are under way as there are workers
		mu.Lock()
		gate := full
		if arrived++; arrived == workers {
			close(full)
			arrived, full = 0, make(chan struct{})
		}
		mu.Unlock()
		<-gate
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		meet()
		r.sim.ServeHTTP(w, q)
	}))
	var opened atomic.Int32
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	r.config.Endpoint = server.URL
	client := r.client()
	for range 3 {
		var round errgroup.Group
		for range workers {
			round.Go(func() error {
				_, err := client.Fetch(context.Background(), hourly, aDay, r.stamp)
				return err
			})
		}
		if err := round.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	if got := opened.Load(); got != workers {
		t.Errorf("%d connections for %d requests, want %d", got, 3*workers, workers)
	}
}
