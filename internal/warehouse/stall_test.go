package warehouse_test

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// stalling is a proxy whose connections can be made to stand still: nothing is passed on any more, not even that one
// end has closed.
type stalling struct {
	addr    string
	mu      sync.Mutex
	current *atomic.Bool // stalls the connections there are
}

func (s *stalling) stall() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current.Store(true)
	s.current = new(atomic.Bool)
}

func (s *stalling) switched() *atomic.Bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

func stallable(t *testing.T, to string) *stalling {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	s := &stalling{addr: l.Addr().String(), current: new(atomic.Bool)}
	var carrying sync.WaitGroup
	var conns []net.Conn
	carrying.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				_ = in.Close()
				return
			}
			stalled := s.switched()
			conns = append(conns, in, out)
			for _, way := range [][2]net.Conn{{in, out}, {out, in}} {
				carrying.Go(func() {
					_, _ = io.Copy(gate{way[1], stalled}, way[0])
					if !stalled.Load() {
						_ = way[1].Close()
					}
				})
			}
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		for _, c := range conns {
			_ = c.Close()
		}
		carrying.Wait()
	})
	return s
}

// gate passes on what is written until it is shut.
type gate struct {
	io.Writer
	shut *atomic.Bool
}

func (g gate) Write(p []byte) (int, error) {
	if g.shut.Load() {
		return len(p), nil
	}
	return g.Writer.Write(p)
}
