//go:build !linux || !amd64 || noembedded

package chlocal

import "context"

// Server is a running ClickHouse; there is none on this system.
type Server struct{}

// Start returns ErrUnsupported.
func Start(context.Context, Options) (*Server, error) { return nil, ErrUnsupported }

// TCPAddr is host:port of the native protocol.
func (s *Server) TCPAddr() string { return "" }

// HTTPAddr is host:port of the HTTP interface.
func (s *Server) HTTPAddr() string { return "" }

// Password is that of the user default.
func (s *Server) Password() string { return "" }

// PID is the child's process id.
func (s *Server) PID() int { return 0 }

// Done is closed when the child has ended.
func (s *Server) Done() <-chan struct{} { return nil }

// Err says why the child ended.
func (s *Server) Err() error { return ErrUnsupported }

// Close stops the server.
func (s *Server) Close() error { return nil }
