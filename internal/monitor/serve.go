package monitor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// grace is how long requests under way may take when the server stops.
const grace = time.Second

const index = `mnaflow schedule
/healthz  200 while the process serves
/readyz   200 while the warehouse can be used, the scheduler is alive and passes succeed; else 503
/metrics  for Prometheus
`

// Handler answers the paths that index lists.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, index) })
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.deps.Metrics.registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(s.deps.Log.Handler(), slog.LevelError), MaxRequestsInFlight: 8,
	}))
	return mux
}

func plain(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(text)) // fails only if the client has gone
}

// Serve serves on ln until ctx ends; then it gives requests under way a second to finish, and returns nil. Any other
// end is an error. It closes ln.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	server := &http.Server{
		Handler:           s.Handler(),
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.deps.Log.Handler(), slog.LevelDebug), // faults of clients
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	select {
	case err := <-served:
		return fmt.Errorf("serving health and metrics on %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	limited, done := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer done()
	if err := server.Shutdown(limited); err != nil {
		_ = server.Close() // cut the rest off
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving health and metrics on %s: %w", ln.Addr(), err)
	}
	return nil
}
