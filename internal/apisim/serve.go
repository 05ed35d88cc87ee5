package apisim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// grace is how long requests under way may take when the server stops.
const grace = time.Second

// Serve serves on ln until ctx ends; then it gives requests under way a second to finish, cuts the rest off, and
// returns nil. Any other end is an error. It closes ln.
func Serve(ctx context.Context, ln net.Listener, s *Simulator) error {
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	server := &http.Server{
		Handler:           s,
		BaseContext:       func(net.Listener) context.Context { return base },
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve the simulator on %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	limited, done := context.WithTimeout(base, grace)
	defer done()
	if err := server.Shutdown(limited); err != nil {
		cut()
		_ = server.Close() // cut the rest off
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the simulator on %s: %w", ln.Addr(), err)
	}
	return nil
}
