package warehouse

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/migrations"
)

// Codes of ClickHouse's errors (src/Common/ErrorCodes.cpp) for which there is advice.
const (
	codeNoSuchColumn     = 16
	codeUnknownColumn    = 47
	codeTypeMismatch     = 53
	codeUnknownTable     = 60
	codeUnknownDatabase  = 81
	codeUnknownSetting   = 115
	codeTimeout          = 159
	codeReadonly         = 164
	codeUnknownUser      = 192
	codeWrongPassword    = 193
	codeRequiredPassword = 194
	codeStillRunning     = 216
	codeNotEnoughSpace   = 243
	codeTooManyParts     = 252
	codeConstraint       = 452
	codeAccessDenied     = 497
	codeAuthentication   = 516
)

// passing are the codes of errors that may pass: a load tries again.
var passing = map[int32]bool{
	202: true, // TOO_MANY_SIMULTANEOUS_QUERIES
	209: true, // SOCKET_TIMEOUT
	210: true, // NETWORK_ERROR
	236: true, // ABORTED: the server is shutting down
	241: true, // MEMORY_LIMIT_EXCEEDED
	242: true, // TABLE_IS_READ_ONLY: a replica without its keeper
	319: true, // UNKNOWN_STATUS_OF_INSERT
	394: true, // QUERY_WAS_CANCELLED
	425: true, // SYSTEM_ERROR
	999: true, // KEEPER_EXCEPTION

	codeTimeout:        true, // max_execution_time of the profile: it may be enough when the server is less busy
	codeStillRunning:   true, // the statement of the previous try
	codeNotEnoughSpace: true,
	codeTooManyParts:   true,
}

// refusals are the codes of a failed login.
var refusals = map[int32]bool{
	codeAuthentication: true, codeUnknownUser: true, codeWrongPassword: true, codeRequiredPassword: true,
}

// advices say for each code what the operator can do.
var advices = map[int32]string{
	codeUnknownDatabase: "run mnaflow migrate",
	codeReadonly:        "the user must not have a readonly profile",
	codeTimeout:         "the user's profile ends statements after max_execution_time: raise it or set it to 0",
	codeAccessDenied:    "grant the user what the message names",
	codeNotEnoughSpace:  "make room on the server's disk",
	codeConstraint: "take the constraint on that setting off the user's profile, " +
		"or fix it at the value that this program sends",
	codeUnknownSetting: "install a newer ClickHouse: this one does not know what this program relies on",
}

// altered are the codes that mean that a table was dropped or altered by hand: all migrations are applied, but a
// table is not as they make it.
var altered = map[int32]bool{
	codeUnknownTable: true, codeNoSuchColumn: true, codeUnknownColumn: true, codeTypeMismatch: true,
}

// tableAdvice says what to do about a table that was dropped or altered by hand. Of one that was altered it names the
// migration that makes it; migrating again would do nothing. It looks for the table in message, which is the server's,
// and then in doing, such as "writing history".
func tableAdvice(code int32, message, doing string) string {
	if code == codeUnknownTable {
		return "a table is missing: restore it, or run mnaflow migrate, which makes it anew without rows, and then " +
			"mnaflow verify, which says what to load again"
	}
	files := migrations.Makers(message)
	if len(files) == 0 {
		files = migrations.Makers(doing)
	}
	file := cmp.Or(strings.Join(files, " or "), "its file in migrations/")
	return "a table is not as " + file + " makes it: compare it with SHOW CREATE TABLE"
}

// codeOf returns the code of an error that ClickHouse answered, 0 for any other error.
func codeOf(err error) int32 {
	if e, ok := errors.AsType[*proto.Exception](err); ok {
		return e.Code
	}
	return 0
}

// passes says whether the same statement may succeed later. It may if ClickHouse could not be reached, or answered
// one of the codes in passing. A certificate that is not trusted stays so.
func passes(err error) bool {
	if code := codeOf(err); code != 0 {
		return passing[code]
	}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return !untrusted && unreachable(err)
}

// unreachable says whether an error arose on the way to ClickHouse, and not in the driver or in this program.
func unreachable(err error) bool {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, isNet := errors.AsType[net.Error](err)
	return untrusted || isNet || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, clickhouse.ErrAcquireConnTimeout) || errors.Is(err, clickhouse.ErrAcquireConnNoAddress)
}

// otherType says whether a column has another type than this program writes or reads. The driver notices before the
// server does.
func otherType(err error) bool {
	_, ok := errors.AsType[*column.ColumnConverterError](err)
	return ok
}

// failure makes a *flow.Error of class Warehouse of an error, with advice for the operator. It returns nil for nil,
// and the context's error if the caller was interrupted.
func (db *DB) failure(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*flow.Error](err); ok {
		return err
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("%s: %w", doing, ctx.Err())
	}
	at := strings.Join(db.config.Addresses, ", ")
	shown := err
	if way, ok := errors.AsType[*url.Error](err); ok {
		shown = way.Err // without the address, which holds every setting
	}
	safe := flow.ForeignError(shown, mostText, db.config.Password)
	cause, advice := fmt.Errorf("ClickHouse at %s: %w", at, safe), advices[codeOf(err)]
	_, silent := errors.AsType[silentError](err)
	switch e, answered := errors.AsType[*proto.Exception](err); {
	case answered && refusals[e.Code]:
		// The server's own message names files on its disk, which do not help here.
		cause = fmt.Errorf("ClickHouse at %s refused user %s (code %d)", at, db.config.Username, e.Code)
		advice = "check clickhouse.username and clickhouse.password (CLICKHOUSE_PASSWORD)"
	case answered:
		message := e.Message
		if altered[e.Code] {
			advice = tableAdvice(e.Code, message, doing)
			message, _, _ = strings.Cut(message, " in scope ") // a statement and a guess follow, which mislead
		}
		message = flow.Foreign(flow.Mask(message, db.config.Password), mostText)
		cause = fmt.Errorf("ClickHouse at %s: code %d: %s", at, e.Code, message)
	case silent:
		cause = fmt.Errorf("what listens at %s does not answer in ClickHouse's protocol %s: no greeting within %s",
			at, db.config.spoken(), dialTimeout)
		advice = "check " + addressAdvice + "; if they are right, check why ClickHouse hangs"
	case unreachable(shown):
		cause = fmt.Errorf("ClickHouse at %s cannot be reached: %w", at, safe)
		advice = "check that it runs, and " + addressAdvice
	case otherType(err):
		advice = tableAdvice(codeTypeMismatch, "", doing)
	default:
		cause = fmt.Errorf("what answers at %s does not speak ClickHouse's protocol %s: %w", at, db.config.spoken(), safe)
		advice = "check " + addressAdvice
	}
	if advice != "" {
		cause = fmt.Errorf("%w; %s", cause, advice)
	}
	return &flow.Error{Class: flow.Warehouse, Doing: doing, Err: cause}
}

// spoken names the protocol that is configured.
func (c Config) spoken() string {
	protocol, tls := "native", "without"
	if c.HTTP {
		protocol = "http"
	}
	if c.TLS != nil {
		tls = "with"
	}
	return protocol + " " + tls + " TLS"
}

// addressAdvice names the keys that say where the warehouse is and how it is spoken to, with the usual ports.
const addressAdvice = "clickhouse.addresses, protocol and tls: native is port 9000, with TLS 9440; " +
	"http is port 8123, with TLS 8443"

// Bounds of text that comes from the warehouse, in characters.
const (
	mostText = 300  // a server's message, which may quote a whole statement
	mostCell = 4000 // a value; this program writes shorter ones
)

// retry repeats f while the warehouse is away, up to patience in all. Each try has the configured time-out. f must be
// repeatable. Before each new try it ends the statement of the previous one.
func (db *DB) retry(ctx context.Context, doing string, f func(ctx context.Context) error) error {
	const longest = 15 * time.Second
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var waited time.Duration
	var left string // the statement of the previous try, if it may still be running
	defer func() { db.part(ctx, left) }()
	for n := 0; ; n++ {
		err := db.end(patient, left, endTimeout)
		if err == nil || codeOf(err) != 0 && codeOf(err) != codeStillRunning { // the server refuses to end it: go on
			left, err = db.attempt(patient, db.config.Timeout, f)
		}
		if err == nil || !passes(err) || patient.Err() != nil || waited >= patience {
			return db.failure(ctx, doing, err)
		}
		delay := min(longest, 200*time.Millisecond<<min(n, 10)) // 0.2 s, 0.4 s, 0.8 s, … 15 s
		waited += delay
		db.deps.Log.Warn("the warehouse is away, trying again",
			"error", db.failure(ctx, doing, err), "after", delay)
		if waited := db.deps.Wait(patient, delay); waited != nil && patient.Err() == nil {
			return fmt.Errorf("%s: %w", doing, waited)
		}
	}
}
