// Package config reads the configuration file. It returns a validated Config, or all faults of the file at once, each
// with its line, column and key, and with what to write instead.
//
// Invariant: a Config from Parse is within the bounds that the comments of its fields state, and never changes. The
// package reads the file and the given environment and does no other I/O: that a host is down, a key wrong or a
// certificate missing shows only in use.
//
// schema.go declares each key once: its name, default, type and bounds. Reading, printing and messages use that
// declaration.
package config

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Config is the whole configuration with every default filled in and every variable replaced.
type Config struct {
	Accounts   []Account // at least one, with distinct names
	Extract    Extract
	ClickHouse ClickHouse
	Schedule   []Entry // distinct names; may be empty
	Server     Server
	Log        Log

	effective []byte // the result of YAML
}

// Account is one account of the vendor, with its own key, pace and time zone.
type Account struct {
	Name        string // lower-case letters, digits, _ and -; at most 64
	Endpoint    string // scheme://host[:port], without a slash at its end; https, or http to a loopback host
	Credentials Credentials
	// RequestsPerSecond is above 0. On an endpoint that is not on this machine it is at most 20, the vendor's limit
	// for a key.
	RequestsPerSecond float64
	TimeZone          *time.Location // an IANA zone, named by TimeZone.String(); daily buckets start at midnight here
}

// Source says where an account's key comes from.
type Source string

// The sources of credentials.
const (
	SourceEnv        Source = "env"         // TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and so on
	SourceStatic     Source = "static"      // the keys in this file, best through ${NAME}
	SourceProfile    Source = "profile"     // the vendor's credentials file in the home directory
	SourceCVMRole    Source = "cvm-role"    // the role bound to this virtual machine
	SourceAssumeRole Source = "assume-role" // a role taken with the caller's own keys, renewed before it expires
	SourceOIDC       Source = "oidc"        // the identity of a pod in the vendor's Kubernetes service
	SourceChain      Source = "chain"       // the first of env, profile and cvm-role that is set up
)

// Credentials are a source and the settings that it takes. The fields that belong to other sources are zero.
type Credentials struct {
	Source Source

	SecretID  Secret // static: never empty; assume-role: the key that takes the role; empty: that of the environment
	SecretKey Secret // set exactly when SecretID is
	Token     Secret // empty unless the key is temporary

	RoleARN     string        // assume-role: qcs::cam::…
	SessionName string        // assume-role: the name of the session in the vendor's audit log
	Duration    time.Duration // assume-role: life of a temporary key, 15 minutes to 12 hours
	Endpoint    string        // assume-role: the STS service, in the form of Account.Endpoint

	RoleName string // cvm-role; empty: the role that the machine's metadata name
}

// Extract says which data are loaded, how often, and when a bucket counts as final.
type Extract struct {
	Start         Date // the first day to load; it starts at midnight in each account's time zone
	Regions       []flow.Region
	TrafficTypes  []flow.TrafficType
	GatewayTypes  []flow.GatewayType
	Granularities []flow.Granularity
	Settle        PerGranularity // a bucket is first requested this long after its end; 0 or more
	Refresh       PerGranularity // a bucket that is not final is requested again after this time; at least 1 s
	// Finality is how long after the end of its day, in the account's time zone, a bucket becomes final; at least
	// Settle.
	Finality    time.Duration
	MaxWindow   PerGranularity // longest span of one request: whole hours, or whole days of 24 h
	AnswerCheck AnswerCheck
	Timeout     time.Duration // of one request; 1 s to 5 min
	MaxAttempts int           // requests for one window, the first included; 1 to 20
}

// PerGranularity is a length of time for hourly and for daily buckets.
type PerGranularity struct{ Hourly, Daily time.Duration }

// Map returns both lengths by granularity.
func (p PerGranularity) Map() map[flow.Granularity]time.Duration {
	return map[flow.Granularity]time.Duration{flow.Hourly: p.Hourly, flow.Daily: p.Daily}
}

// Of returns the length for g.
func (p PerGranularity) Of(g flow.Granularity) time.Duration {
	if g == flow.Daily {
		return p.Daily
	}
	return p.Hourly
}

// Date is a day of the calendar, without a time zone: accounts in different zones start it at different instants.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// String is the date as the file spells it: 2025-01-31.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// AnswerCheck says what happens to an answer that disagrees with its own totals.
type AnswerCheck string

// The settings of answer_check.
const (
	RefuseAnswer AnswerCheck = "refuse" // store nothing and fail the window
	RecordAnswer AnswerCheck = "record" // store the answer with a remark in the ledger
)

// Protocol is a protocol of ClickHouse.
type Protocol string

// ClickHouse's protocols.
const (
	Native Protocol = "native"
	HTTP   Protocol = "http"
)

// ClickHouse is the warehouse and how to reach it.
type ClickHouse struct {
	Addresses []string // host:port, distinct, at least one; tried in turn
	Protocol  Protocol
	Database  string // letters, digits and _, no digit first: needs no quoting in SQL
	Username  string
	Password  Secret        // may be empty
	Timeout   time.Duration // of one statement of a load; 1 s to 30 min
	TLS       TLS
}

// TLS secures the connection to ClickHouse. Files are relative to the working directory; an empty name leaves the
// system's default.
type TLS struct {
	Enabled           bool
	CAFile            string // PEM; empty: trust the system's authorities
	CertFile, KeyFile string // PEM; the client's certificate: both or neither
	ServerName        string // empty: the host of the address
}

// Entry is one entry of the schedule.
type Entry struct {
	Name string // as Account.Name
	// Cron has five fields, or is @hourly and the like; cron.ParseStandard accepts it. It is in the machine's time
	// zone unless it starts with CRON_TZ=.
	Cron string
}

// Server is where health and metrics are served while schedule runs.
type Server struct {
	Listen string // host:port; an empty host: every interface, port 0: any free port
}

// LogFormat is the format of a log line.
type LogFormat string

// The log formats.
const (
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// Log says what is logged and how.
type Log struct {
	Level  slog.Level
	Format LogFormat
}

func (a Account) named() string { return a.Name }
func (e Entry) named() string   { return e.Name }
