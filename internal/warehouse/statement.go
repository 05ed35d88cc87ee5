package warehouse

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"
)

// Bounds on ending a statement that was given up.
const (
	endTimeout   = 3 * time.Second
	leaveTimeout = time.Second // after an interrupt: the program has to exit within ten seconds in all
)

// single runs f once, with a time-out. f executes statements one after the other; one that was given up is ended on the
// server.
func (db *DB) single(ctx context.Context, doing string, bound time.Duration, f func(ctx context.Context) error) error {
	left, err := db.attempt(ctx, bound, f)
	db.part(ctx, left)
	return db.failure(ctx, doing, err)
}

// attempt runs f once and gives it up after bound. It returns the id of the statement that may still be running,
// empty if the server has answered.
//
// The server does not learn the time-out. The driver turns a context's deadline into max_execution_time, and a
// profile may forbid or cap that setting (codes 164 and 452). So the context of f has no deadline: a timer cancels
// it.
//
// After a success the context is never cancelled. The driver watches it from a goroutine that may still look after
// Send has returned; it would close the connection, which another statement may use by then.
func (db *DB) attempt(
	ctx context.Context, bound time.Duration, f func(ctx context.Context) error,
) (left string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	var now running
	inner, giveUp, done := within(context.WithValue(ctx, runningKey{}, &now), bound)
	err = f(inner)
	done()
	if err == nil {
		return "", nil
	}
	if errors.Is(context.Cause(inner), context.DeadlineExceeded) {
		err = fmt.Errorf("no answer within %s: %w", bound, context.DeadlineExceeded)
	}
	giveUp(err)
	if codeOf(err) != 0 || !unreachable(err) && ctx.Err() == nil {
		return "", err
	}
	return now.id, err
}

// within returns a context without a deadline that ends with its parent, or after bound. After done it never ends.
func within(
	parent context.Context, bound time.Duration,
) (ctx context.Context, giveUp context.CancelCauseFunc, done func()) {
	ctx, giveUp = context.WithCancelCause(context.WithoutCancel(parent))
	detach := context.AfterFunc(parent, func() { giveUp(context.Cause(parent)) })
	timer := time.AfterFunc(bound, func() { giveUp(context.DeadlineExceeded) })
	return ctx, giveUp, func() { detach(); timer.Stop() }
}

// end stops a statement that may still be running on the server. A server does not notice that an HTTP client is
// gone, or that the network is cut. But it ends a running statement before it starts another with the same id, and
// that is what this sends. Unlike KILL QUERY it needs no right to see the statements of others.
func (db *DB) end(ctx context.Context, id string, bound time.Duration) error {
	if id == "" {
		return nil
	}
	ctx, giveUp, done := within(ctx, bound)
	defer done()
	replacing := clickhouse.Settings{
		"replace_running_query": 1, "replace_running_query_max_wait_ms": (bound * 2 / 3).Milliseconds(),
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithQueryID(id), clickhouse.WithSettings(replacing))
	err := db.conn.Conn.Exec(ctx, "SELECT 1")
	if err != nil {
		giveUp(err)
	}
	return err
}

// part ends the last statement of a caller that sends no more. A failure to do so is ignored: the caller gets the
// error of the statement itself.
func (db *DB) part(ctx context.Context, id string) {
	bound := endTimeout
	if ctx.Err() != nil {
		bound = leaveTimeout
	}
	_ = db.end(context.WithoutCancel(ctx), id, bound)
}

// running holds the id of the statement that an attempt executes.
type running struct{ id string }

type runningKey struct{}

// connections gives each statement an id of its own, by which end can stop it.
type connections struct{ driver.Conn }

// identified returns a context with a new query id, and notes the id for the attempt that it belongs to.
func identified(ctx context.Context) context.Context {
	id := "mnaflow-" + uuid.NewString()
	if now, ok := ctx.Value(runningKey{}).(*running); ok {
		now.id = id
	}
	return clickhouse.Context(ctx, clickhouse.WithQueryID(id))
}

// Query is the driver's, under a query id.
func (c connections) Query(ctx context.Context, query string, args ...any) (driver.Rows, error) {
	return c.Conn.Query(identified(ctx), query, args...)
}

// QueryRow is the driver's, under a query id.
func (c connections) QueryRow(ctx context.Context, query string, args ...any) driver.Row {
	return c.Conn.QueryRow(identified(ctx), query, args...)
}

// Exec is the driver's, under a query id.
func (c connections) Exec(ctx context.Context, query string, args ...any) error {
	return c.Conn.Exec(identified(ctx), query, args...)
}

// PrepareBatch is the driver's, under a query id.
func (c connections) PrepareBatch(
	ctx context.Context, query string, opts ...driver.PrepareBatchOption,
) (driver.Batch, error) {
	return c.Conn.PrepareBatch(identified(ctx), query, opts...)
}

// dial connects within dialTimeout. Over HTTP the driver sends the server a first query meanwhile; see attempt for
// why the context has no deadline.
func dial(ctx context.Context, id int, o *clickhouse.Options, one clickhouse.Dial) (clickhouse.DialResult, error) {
	ctx, giveUp, done := within(ctx, dialTimeout)
	defer done()
	var opened dialled
	ctx = context.WithValue(ctx, dialledKey{}, &opened)
	defer context.AfterFunc(ctx, opened.expire)()
	result, err := clickhouse.DefaultDialStrategy(ctx, id, o, one)
	if err != nil {
		// Before giveUp only the end of the time closes the connection: of this one, or of the driver's.
		late, timed := errors.AsType[net.Error](err)
		if opened.taken() && (errors.Is(err, net.ErrClosed) || timed && late.Timeout()) {
			err = silentError{err}
		}
		giveUp(err)
	}
	return result, err
}

// silentError is the error of a connection that was opened, and on which no greeting came within dialTimeout.
type silentError struct{ error }

func (e silentError) Unwrap() error { return e.error }

// dialled is the connection that is being opened. While the driver reads the server's greeting it looks at no
// context, so closing the connection is the only way to end that.
type dialled struct {
	mu      sync.Mutex
	conn    net.Conn
	expired bool
}

type dialledKey struct{}

// take notes the connection, and closes it if the time is over already.
func (d *dialled) take(conn net.Conn) {
	d.mu.Lock()
	d.conn = conn
	expired := d.expired
	d.mu.Unlock()
	if expired {
		d.expire()
	}
}

// expire closes the connection, which ends every read and write on it.
func (d *dialled) expire() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.expired = true
	if d.conn != nil {
		_ = d.conn.Close()
	}
}

// taken says whether a connection was opened.
func (d *dialled) taken() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.conn != nil
}

// taken is a connection of the native protocol whose writes have a time-out. A stalled server takes no more bytes,
// and the driver bounds reads only.
type taken struct {
	*net.TCPConn
	most time.Duration
}

// Write fails with a time-out unless the server takes all of p within most.
func (t taken) Write(p []byte) (int, error) {
	if err := t.SetWriteDeadline(time.Now().Add(t.most)); err != nil { //nolint:forbidigo // in the kernel's time
		return 0, err
	}
	return t.TCPConn.Write(p)
}
