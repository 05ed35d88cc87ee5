// Package warehouse is the connection to ClickHouse. It sends statements with the settings that they rely on, tries
// again while the warehouse is away, ends statements that were given up, and adds advice for the operator to errors.
// It also brings the tables and views to this program's version.
//
// Invariant: no setting of a user's profile changes what a statement does, and a statement that was given up does
// not run on. Every error is a *flow.Error of class Warehouse, or the caller's context's.
package warehouse

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/trace"
)

// Config says where the warehouse is.
type Config struct {
	Addresses []string // host:port
	HTTP      bool     // speak HTTP instead of the native protocol
	Database  string
	Username  string
	Password  string
	TLS       *tls.Config // nil: no TLS
	Program   string      // version, for the server's query log
	// Timeout bounds one try of a statement; 0: two minutes. Verifications set time-outs of their own.
	Timeout time.Duration
}

// Dependencies are what a warehouse needs from outside.
type Dependencies struct {
	Wait func(ctx context.Context, d time.Duration) error // between tries
	Log  *slog.Logger
	// Trace is called at each insert.
	Trace trace.Trace
}

// Bounds on waiting for the warehouse.
const (
	dialTimeout  = 10 * time.Second
	queryTimeout = 2 * time.Minute // of one statement, unless the configuration says otherwise
	readTimeout  = time.Hour       // of the driver: longer than any of ours, so that it never ends a statement first
	patience     = 5 * time.Minute // of one statement, all tries and waits together
)

// DB is one database of a ClickHouse server or cluster. It is safe for concurrent use.
type DB struct {
	config Config
	deps   Dependencies
	conn   connections
}

// Open returns a warehouse. It does not connect yet; an error means that the options do not fit together.
func Open(config Config, deps Dependencies) (*DB, error) {
	config.Timeout = cmp.Or(config.Timeout, queryTimeout)
	conn, err := clickhouse.Open(config.options())
	if err != nil {
		return nil, flow.Fail(flow.Warehouse, "the options for ClickHouse: %w", err)
	}
	deps.Trace = trace.Join(deps.Trace)
	return &DB{config: config, deps: deps, conn: connections{conn}}, nil
}

// Close ends all connections.
func (db *DB) Close() error { return db.conn.Close() }

func (c Config) options() *clickhouse.Options {
	o := &clickhouse.Options{
		Addr:         c.Addresses,
		Auth:         clickhouse.Auth{Database: c.Database, Username: c.Username, Password: c.Password},
		TLS:          c.TLS,
		DialTimeout:  dialTimeout,
		DialStrategy: dial,
		ReadTimeout:  readTimeout,
		// One for the store, one for planning, one for the heartbeat, and one to spare.
		MaxOpenConns: 4,
		MaxIdleConns: 4,
		Compression:  &clickhouse.Compression{Method: clickhouse.CompressionLZ4},
		Settings:     settings(),
	}
	o.ClientInfo.Products = append(o.ClientInfo.Products, struct{ Name, Version string }{"mnaflow", c.Program})
	if c.HTTP {
		o.Protocol = clickhouse.HTTP
	} else {
		o.DialContext = c.connect
	}
	return o
}

// connect opens a connection of the native protocol. The driver leaves TLS to a dialer of its user's, which this is.
func (c Config) connect(ctx context.Context, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil, fmt.Errorf("%s is no address of TCP", address)
	}
	if opened, ok := ctx.Value(dialledKey{}).(*dialled); ok {
		opened.take(conn)
	}
	if c.TLS == nil {
		return taken{tcp, c.Timeout}, nil
	}
	secured := c.TLS.Clone()
	if secured.ServerName == "" {
		secured.ServerName, _, _ = net.SplitHostPort(address) // it was dialled, so it parses
	}
	shaken := tls.Client(taken{tcp, c.Timeout}, secured)
	if err := shaken.HandshakeContext(ctx); err != nil {
		_ = tcp.Close()
		return nil, err
	}
	return shaken, nil
}
