package extract_test

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/extract"
	"github.com/mnaflow/mnaflow/internal/apisim"
)

// bubble is a rig whose simulator is served over pipes, so that under synctest all time is simulated. Its client
// waits with timers and sends at most 18 requests a second.
func bubble(t testing.TB, faults ...apisim.Fault) *rig {
	t.Helper()
	r := newRig(t, func(s *apisim.Settings) { s.Rate = 20 })
	r.faults(faults...)
	conns := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: r.sim, ReadHeaderTimeout: time.Minute}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(conns) // until it is closed
	}()
	transport := &http.Transport{DialContext: conns.dial, MaxIdleConnsPerHost: 64}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
		<-served
	})
	r.config.Endpoint = "http://mna.test"
	r.deps.Transport = transport
	r.deps.Pace = extract.NewPace(18, time.Now)
	r.deps.Wait = nil
	return r
}

// pipes is a listener whose connections are in-memory pipes.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }
