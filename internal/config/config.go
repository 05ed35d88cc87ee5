// Package config turns the configuration file into a validated Config, or into every fault of the file at once, each with its line,
// column, key and what to write instead.
//
// Invariant: a Config that Parse returns satisfies every bound that its fields' comments state, and nothing changes it afterwards. The
// package reads the file and the environment that it is handed and does no other I/O: whether a host answers, a key is right or a
// certificate exists shows when it is used.
//
// Each key is declared once, in schema.go: its name, default, type and bounds. Reading, printing, defaults and the known names in
// messages all follow from there.
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

	effective []byte // what YAML returns, printed while the file was read
}

// Account is one account of the vendor, with its own key, pace and time zone.
type Account struct {
	Name              string // lower-case letters, digits, _ and -; at most 64
	Endpoint          string // scheme://host[:port], without a slash at its end; https, or http to a loopback host
	Credentials       Credentials
	RequestsPerSecond float64        // above 0; at most 20, which is what the vendor allows a key, unless the endpoint is on this machine
	TimeZone          *time.Location // an IANA zone, its name is TimeZone.String(); daily buckets start at midnight here
}

// Source says where an account's keys come from.
type Source string

// The sources of credentials.
const (
	SourceEnv        Source = "env"         // TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and so on
	SourceStatic     Source = "static"      // the keys in this file, best through ${NAME}
	SourceProfile    Source = "profile"     // the vendor's credentials file in the home directory
	SourceCVMRole    Source = "cvm-role"    // the role bound to this virtual machine
	SourceAssumeRole Source = "assume-role" // a role taken with the caller's own keys, renewed before it expires
	SourceOIDC       Source = "oidc"        // the identity of a pod in the vendor's Kubernetes service
	SourceChain      Source = "chain"       // the first of env, profile and cvm-role that there is
)

// Credentials is a source and the keys that this source takes; the fields of other sources are zero.
type Credentials struct {
	Source Source

	SecretID  Secret // static: never empty; assume-role: the caller's, empty for those of the environment
	SecretKey Secret // set exactly when SecretID is
	Token     Secret // may be empty: only temporary keys have one

	RoleARN     string        // assume-role: qcs::cam::…
	SessionName string        // assume-role: how the session shows in the vendor's audit log
	Duration    time.Duration // assume-role: life of the temporary keys, 15 minutes to 12 hours
	Endpoint    string        // assume-role: the STS service, in the form of Account.Endpoint

	RoleName string // cvm-role: empty for the role that the machine's metadata name
}

// Extract says what is asked for, how often, and when a bucket counts as final.
type Extract struct {
	Start         Date // the first day asked for, from its midnight in each account's time zone
	Regions       []flow.Region
	TrafficTypes  []flow.TrafficType
	GatewayTypes  []flow.GatewayType
	Granularities []flow.Granularity
	Settle        PerGranularity // age of a bucket, counted from its end, at which it is first asked for; 0 or more
	Refresh       PerGranularity // shortest time between two requests for a bucket that is not final; at least 1 s
	Finality      time.Duration  // counted from the end of the account's day that the bucket lies in; never below Settle
	MaxWindow     PerGranularity // longest span of one request; whole hours, whole days of 24 h
	AnswerCheck   AnswerCheck
	Timeout       time.Duration // of one request; 1 s to 5 min
	MaxAttempts   int           // tries of one request, the first included; 1 to 20
}

// PerGranularity is a length of time for hourly and for daily buckets.
type PerGranularity struct{ Hourly, Daily time.Duration }

// Map is the same by granularity.
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

// Date is a day of the calendar, without a time zone: which instant it starts at differs from account to account.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// String is the date as the file has it: 2025-01-31.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day) }

// AnswerCheck says what happens to an answer that disagrees with its own totals.
type AnswerCheck string

// The settings of answer_check.
const (
	RefuseAnswer AnswerCheck = "refuse" // store nothing of it and fail its window
	RecordAnswer AnswerCheck = "record" // store it and record the failed check
)

// Protocol is one of ClickHouse's two.
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
	Database  string // letters, digits and _, not starting with a digit; needs no quoting in SQL
	Username  string
	Password  Secret        // may be empty
	Timeout   time.Duration // of one statement of a load; 1 s to 30 min
	TLS       TLS
}

// TLS secures the connection to ClickHouse. Files are relative to the working directory; an empty name leaves the system's default.
type TLS struct {
	Enabled           bool
	CAFile            string // PEM; empty trusts the system's authorities
	CertFile, KeyFile string // PEM; the client's certificate, both or neither
	ServerName        string // empty for the host of the address
}

// Entry is one entry of the schedule.
type Entry struct {
	Name string // as Account.Name
	Cron string // five fields or @hourly and the like, accepted by cron.ParseStandard; in the machine's time zone unless it starts with CRON_TZ=
}

// Server is the status page, health and metrics while schedule runs.
type Server struct {
	Listen string // host:port; an empty host is every interface, port 0 any free one
}

// LogFormat is how a log line looks.
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
