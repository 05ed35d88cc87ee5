// Package load keeps facts, their history and the ledger in ClickHouse.
//
// Invariant: every write may be repeated, reordered or doubled without harm. A fact is a register in which the highest version wins, so a
// late writer cannot revert a newer value; history looks before it writes; and a ledger row is written after all that it vouches for.
package load

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
	"github.com/mnaflow/mnaflow/migrations"
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
	// Timeout is that of one statement of a load, 0: two minutes. Those of a verification have their own.
	Timeout time.Duration
}

// Dependencies are what a warehouse needs of the world.
type Dependencies struct {
	Wait func(ctx context.Context, d time.Duration) error // between tries
	Log  *slog.Logger
	// Observe is told that an insert into a table starts; what it returns, that the insert was acknowledged. nil: nobody.
	Observe func(table string) (acknowledged func())
}

// Bounds on waiting for the warehouse.
const (
	dialTimeout  = 10 * time.Second
	queryTimeout = 2 * time.Minute // of one statement, unless the configuration says otherwise
	readTimeout  = time.Hour       // of the driver, which would end a statement too: longer than any time-out of ours
	patience     = 5 * time.Minute // of one batch, however often it is tried
)

// Warehouse is a database of ClickHouse.
type Warehouse struct {
	config Config
	deps   Dependencies
	conn   connections
}

// Open returns a warehouse; it does not connect yet.
func Open(config Config, deps Dependencies) (*Warehouse, error) {
	config.Timeout = cmp.Or(config.Timeout, queryTimeout)
	conn, err := clickhouse.Open(config.options())
	if err != nil {
		return nil, flow.Fail(flow.Warehouse, "the options for ClickHouse: %w", err)
	}
	if deps.Observe == nil {
		deps.Observe = observed
	}
	return &Warehouse{config: config, deps: deps, conn: connections{conn}}, nil
}

// Close ends all connections.
func (w *Warehouse) Close() error { return w.conn.Close() }

func (c Config) options() *clickhouse.Options {
	o := &clickhouse.Options{
		Addr:         c.Addresses,
		Auth:         clickhouse.Auth{Database: c.Database, Username: c.Username, Password: c.Password},
		TLS:          c.TLS,
		DialTimeout:  dialTimeout,
		DialStrategy: dial,
		ReadTimeout:  readTimeout,
		// One for the store, one for planning, one for the beat, and one to spare.
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

// connect opens a connection of the native protocol, whose TLS is the dialer's own matter.
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
		secured.ServerName, _, _ = net.SplitHostPort(address) // it has been dialled
	}
	shaken := tls.Client(taken{tcp, c.Timeout}, secured)
	if err := shaken.HandshakeContext(ctx); err != nil {
		_ = tcp.Close()
		return nil, err
	}
	return shaken, nil
}

// Await is Check for a pass: it waits while the warehouse is away, within a bound.
func (w *Warehouse) Await(ctx context.Context) error {
	return w.retry(ctx, "reading the version of the tables", w.Check)
}

// Check returns an error unless the warehouse answers and its tables are at this program's version.
func (w *Warehouse) Check(ctx context.Context) error {
	version, err := w.Version(ctx)
	if err != nil {
		return err
	}
	switch latest := migrations.Latest(); {
	case version == 0:
		return flow.Fail(flow.Warehouse, "database %s has no tables of mnaflow: run mnaflow migrate", w.config.Database)
	case version < migrations.First():
		return flow.Fail(flow.Warehouse, "the tables of database %s are at version %d, which was never released: "+
			"write another clickhouse.database, run mnaflow migrate, and load again", w.config.Database, version)
	case version < latest:
		return flow.Fail(flow.Warehouse, "the tables of database %s are at version %d, this program needs %d: run mnaflow migrate", w.config.Database, version, latest)
	case version > latest:
		return flow.Fail(flow.Warehouse, "the tables of database %s are at version %d, newer than this program's %d: install a newer mnaflow", w.config.Database, version, latest)
	}
	return nil
}

// Version returns the version of the tables, 0 where there are none.
func (w *Warehouse) Version(ctx context.Context) (int, error) {
	var version int64
	err := w.single(ctx, "reading the version of the tables", w.config.Timeout, func(ctx context.Context) error {
		err := w.conn.QueryRow(ctx, "SELECT max(version) FROM "+migrations.VersionTable).Scan(&version)
		if code := codeOf(err); code == codeUnknownTable || code == codeUnknownDatabase {
			return nil
		}
		return err
	})
	return int(version), err
}

// clockSQL asks each table for versions above now alone: the index by_version leaves nothing to read where no clock was
// ever ahead.
const clockSQL = `
WITH toUInt64(toUnixTimestamp64Micro(now64(6))) AS now
SELECT greatest(now,
    (SELECT max(version) FROM facts WHERE version > now),
    (SELECT max(version) FROM history WHERE version > now),
    (SELECT max(version) FROM ledger WHERE version > now))`

// Clock returns the warehouse's time in microseconds, or the highest version that is stored anywhere if that is later:
// an attempt that is stamped above it is newer than everything stored, whatever any clock says, and whichever of its
// tables a pass wrote before it was killed.
func (w *Warehouse) Clock(ctx context.Context) (now uint64, err error) {
	err = w.retry(ctx, "reading the warehouse's clock", func(ctx context.Context) error {
		return w.conn.QueryRow(ctx, clockSQL).Scan(&now)
	})
	return now, err
}

// Migrate creates the database and brings its tables to this program's version.
func (w *Warehouse) Migrate(ctx context.Context) error {
	outside := w.config
	outside.Database = "" // the driver cannot connect to a database that is missing
	server, err := Open(outside, w.deps)
	if err != nil {
		return err
	}
	defer server.Close()
	missing, err := server.missingDatabase(ctx, w.config.Database)
	if err != nil {
		return err
	}
	if missing { // the right to create one is asked for only here
		statement := fmt.Sprintf("CREATE DATABASE IF NOT EXISTS `%s`", w.config.Database)
		if err := server.exec(ctx, "creating the database "+w.config.Database, statement); err != nil {
			return err
		}
	}
	version, err := w.Version(ctx)
	if err != nil {
		return err
	}
	if version > 0 && version < migrations.First() {
		return w.Check(ctx)
	}
	options := w.config.options()
	options.ReadTimeout = w.config.Timeout // nothing else bounds the statements of golang-migrate
	db := clickhouse.OpenDB(options)
	defer db.Close()
	if err := migrations.Up(ctx, db); err != nil {
		return w.failure(ctx, "migrating", err)
	}
	if err := w.Check(ctx); err != nil { // an older program must not put its own views over newer tables
		return err
	}
	return w.declareViews(ctx)
}
