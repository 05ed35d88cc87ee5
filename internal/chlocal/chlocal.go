// Package chlocal runs a real ClickHouse without a server package: the engine of
// `clickhouse local`, in a child process of the current executable.
//
// Invariant: the child and its temporary folder never outlive the process that called
// Start, however that process ends, and a crash of the engine never takes it along.
//
// The child is this same executable, recognised by an environment variable in an init
// function, so that it works in every program and test binary that imports the package.
// The server listens on 127.0.0.1 only and asks everybody for a password. Whoever has it
// reaches this server's own data and nothing else of this machine or of others: see
// grants.go and, where the kernel has Landlock, confine.go.
package chlocal

import (
	"crypto/rand"
	"errors"
	"io"
)

var (
	// ErrUnsupported says that the engine does not exist for this system.
	ErrUnsupported = errors.New(unsupported + ": " + ownServer)
	// ErrPortTaken says that another program listens on a port of the options.
	ErrPortTaken = errors.New("port is taken")
	// ErrPortUnfit says that nothing can listen on a port of the options.
	ErrPortUnfit = errors.New("port cannot be used")
	// ErrPathInUse says that another server works on the same data directory.
	ErrPathInUse = errors.New("data directory is in use by another server")
	// ErrPathUnfit says that the data directory belongs to somebody else, or holds something else.
	ErrPathUnfit = errors.New("data directory cannot be used")
	// ErrUserName says that a user cannot be called that.
	ErrUserName = errors.New("no name of a ClickHouse user")
	// ErrNoNPM says that the engine is not in the cache and npm, which fetches it, is missing.
	ErrNoNPM = errors.New("npm is missing")
)

// ownServer is the advice where the embedded server is not available.
const ownServer = "set up a ClickHouse of your own and name it in clickhouse.addresses of the configuration" +
	" (tests: MNAFLOW_TEST_CLICKHOUSE=host:port)"

// Options of a server. Zero values are defaults.
type Options struct {
	// CacheDir keeps the engine (540 MB). Default: mnaflow in the user's cache directory,
	// which $XDG_CACHE_HOME moves.
	CacheDir string
	// Path is the data directory, which is kept. Empty: a temporary folder, removed when the
	// server ends.
	Path string
	// TempDir is where temporary folders are made. Default: os.TempDir.
	TempDir string
	// TCPPort and HTTPPort are the native and the HTTP port; 0 takes a free one.
	TCPPort, HTTPPort int
	// Password of the user `default`, who may do everything with what this server stores. Empty:
	// one is made at random, see Server.Password.
	Password string
	// Users exist beside `default`.
	Users []User
	// Remote allows connections to other servers of this machine, for tests of a cluster.
	Remote bool
	// Progress is called before slow steps with what comes next; may be nil.
	Progress func(msg string)
	// Log receives what the engine prints, including errors of its clients; may be nil. One goroutine writes to it,
	// until Done.
	Log io.Writer

	landlock  func() int // version of the kernel's Landlock, 0: none; nil: this kernel's
	unlimited bool       // neither grants nor fixed settings, so that a test can show what they close
}

// User of a server. The embedded engine refuses CREATE USER, so users are made at the start.
type User struct {
	// Name is made of letters, digits and underscores, and is not `default`.
	Name string
	// Password in clear; empty: none.
	Password string
	// ReadOnly gives the user a profile with readonly=1, which also refuses every setting.
	ReadOnly bool
	// Settings are those of the user's profile.
	Settings []Setting
	// Grants are whole statements without the grantee, such as `GRANT SELECT ON db.view`.
	// None: those of `default`.
	Grants []string
	// Rows are row policies: the condition that rows of a table meet which the user sees, for tests.
	Rows []Rows
}

// Rows are those of a table that meet a condition.
type Rows struct{ Database, Table, Condition string }

// Setting of a user's profile.
type Setting struct {
	Name, Value string
	Fixed       bool   // the user cannot set another value
	Min, Max    string // what the user may set; both empty: anything
}

// NewPassword returns a random password of 80 bits.
func NewPassword() string { return rand.Text()[:16] }
