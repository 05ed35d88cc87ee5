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

// Codes of ClickHouse's errors (src/Common/ErrorCodes.cpp) that say something to the operator.
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

// passing are the codes of what may pass while a batch waits.
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

	codeTimeout:        true, // max_execution_time of the profile: it may do when less is going on
	codeStillRunning:   true, // a statement of the try before
	codeNotEnoughSpace: true,
	codeTooManyParts:   true,
}

// refusals are the codes of a login that failed.
var refusals = map[int32]bool{codeAuthentication: true, codeUnknownUser: true, codeWrongPassword: true, codeRequiredPassword: true}

// advices say what the operator can do about a code.
var advices = map[int32]string{
	codeUnknownDatabase: "run mnaflow migrate",
	codeReadonly:        "the user must not have a readonly profile",
	codeTimeout:         "the user's profile ends statements after max_execution_time: raise it or set it to 0",
	codeAccessDenied:    "grant the user what the message names",
	codeNotEnoughSpace:  "make room on the server's disk",
	codeConstraint:      "take the constraint on that setting off the user's profile, or fix it at the value that this program sends",
	codeUnknownSetting:  "install a newer ClickHouse: this one does not know what this program relies on",
}

// altered are the codes of a table that is not as its migration made it, though the warehouse says that all were applied.
var altered = map[int32]bool{codeUnknownTable: true, codeNoSuchColumn: true, codeUnknownColumn: true, codeTypeMismatch: true}

// tableAdvice says which migration to look at where a table was dropped or altered by hand; migrating again would do nothing. message is the
// server's, doing says what for.
func tableAdvice(code int32, message, doing string) string {
	if code == codeUnknownTable {
		message, _, _ = strings.Cut(message, " in scope ") // the statement that follows may name other tables
	}
	files := migrations.Makers(message)
	if len(files) == 0 {
		files = migrations.Makers(doing)
	}
	file := cmp.Or(strings.Join(files, " or "), "its file in migrations/")
	if code == codeUnknownTable {
		return "a table is missing: restore it, or make it anew as " + file + " does and load with backfill --force"
	}
	return "a table is not as " + file + " makes it: compare it with SHOW CREATE TABLE"
}

// codeOf returns the code of ClickHouse's own error, 0 where err is none.
func codeOf(err error) int32 {
	if e, ok := errors.AsType[*proto.Exception](err); ok {
		return e.Code
	}
	return 0
}

// passes says whether the same statement may succeed later. What is no answer of ClickHouse's is a fault of the way to it.
func passes(err error) bool {
	if code := codeOf(err); code != 0 {
		return passing[code]
	}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	return !untrusted && unreachable(err)
}

// unreachable says whether an error that is no answer of ClickHouse's is one of the way to it.
func unreachable(err error) bool {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, isNet := errors.AsType[net.Error](err)
	return untrusted || isNet || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, clickhouse.ErrAcquireConnTimeout) || errors.Is(err, net.ErrClosed) || errors.Is(err, clickhouse.ErrAcquireConnNoAddress)
}

// otherType says whether a column holds another type than this program writes or reads; the driver sees that before the server does.
func otherType(err error) bool {
	_, ok := errors.AsType[*column.ColumnConverterError](err)
	return ok
}

// failure classifies an error of the warehouse and says what to do about it; nil for nil. An interrupted caller gets its own error back.
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
	switch e, answered := errors.AsType[*proto.Exception](err); {
	case answered && refusals[e.Code]:
		// The server's message speaks of files on its disk.
		cause = fmt.Errorf("ClickHouse at %s refused user %s (code %d)", at, db.config.Username, e.Code)
		advice = "check clickhouse.username and clickhouse.password (CLICKHOUSE_PASSWORD)"
	case answered:
		cause = fmt.Errorf("ClickHouse at %s: code %d: %s", at, e.Code, flow.Foreign(flow.Mask(e.Message, db.config.Password), mostText))
		if altered[e.Code] {
			advice = tableAdvice(e.Code, e.Message, doing)
		}
	case unreachable(err):
		cause = fmt.Errorf("ClickHouse at %s cannot be reached: %w", at, safe)
		advice = "check that it runs, and " + addressAdvice
	case otherType(err):
		advice = tableAdvice(codeTypeMismatch, "", doing)
	default: // what answers there speaks something else
		advice = "check " + addressAdvice
	}
	if advice != "" {
		cause = fmt.Errorf("%w; %s", cause, advice)
	}
	return &flow.Error{Class: flow.Warehouse, Doing: doing, Err: cause}
}

// addressAdvice names the keys that say where the warehouse is and how it is spoken to, with the usual ports.
const addressAdvice = "clickhouse.addresses, protocol and tls: native is port 9000, with TLS 9440; http is port 8123, with TLS 8443"

// Bounds of text that comes from the warehouse, in characters.
const (
	mostText = 300  // a server's message, which may quote a whole statement
	mostCell = 4000 // a value; what this program writes there is shorter
)

// retry repeats f while the warehouse is away, with its own time-out each time, within patience, tries and waits together. f must be
// repeatable.
func (db *DB) retry(ctx context.Context, doing string, f func(ctx context.Context) error) error {
	const longest = 15 * time.Second
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var waited time.Duration
	var left string // a statement of the try before that may be running still
	defer func() { db.part(ctx, left) }()
	for n := 0; ; n++ {
		err := db.end(patient, left, endTimeout)
		if err == nil || codeOf(err) != 0 && codeOf(err) != codeStillRunning { // a server that refuses to end it cannot be made to
			left, err = db.attempt(patient, db.config.Timeout, f)
		}
		if err == nil || !passes(err) || patient.Err() != nil || waited >= patience {
			return db.failure(ctx, doing, err)
		}
		delay := min(longest, 200*time.Millisecond<<min(n, 10))
		waited += delay
		db.deps.Log.Warn("the warehouse is away, trying again", "doing", doing, "error", db.failure(ctx, doing, err), "after", delay)
		if waited := db.deps.Wait(patient, delay); waited != nil && patient.Err() == nil {
			return fmt.Errorf("%s: %w", doing, waited)
		}
	}
}
