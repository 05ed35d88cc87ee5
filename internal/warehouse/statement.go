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

// Bounds on the question whether a statement that was given up has ended.
const (
	endTimeout   = 3 * time.Second
	leaveTimeout = time.Second // of somebody who has been interrupted, and is to leave within ten seconds in all
)

// single runs f, which executes statements one after the other, and gives it up after a time. A statement that was given up is ended.
func (db *DB) single(ctx context.Context, doing string, bound time.Duration, f func(ctx context.Context) error) error {
	left, err := db.attempt(ctx, bound, f)
	db.part(ctx, left) // the caller learns what went wrong; that it goes on there is no second fault
	return db.failure(ctx, doing, err)
}

// attempt runs f once and gives it up after a time. It returns the id of the statement that may be running still; empty if the server has
// answered.
//
// The server is not told of the time: the driver turns a context's deadline into max_execution_time, which a profile may forbid to set or cap
// below it (codes 164 and 452). So the context of f has no deadline; it is cancelled. And it never ends after a success: the driver watches the
// context of an insert from a goroutine that may look only when Send has returned, and closes the connection if the context has ended by then,
// though another statement may have got it.
func (db *DB) attempt(ctx context.Context, bound time.Duration, f func(ctx context.Context) error) (left string, err error) {
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

// within returns a context that ends when its parent does and after a time, and has no deadline; done makes it last for ever.
func within(parent context.Context, bound time.Duration) (ctx context.Context, giveUp context.CancelCauseFunc, done func()) {
	ctx, giveUp = context.WithCancelCause(context.WithoutCancel(parent))
	detach := context.AfterFunc(parent, func() { giveUp(context.Cause(parent)) })
	timer := time.AfterFunc(bound, func() { giveUp(context.DeadlineExceeded) })
	return ctx, giveUp, func() { detach(); timer.Stop() }
}

// end makes sure that a statement runs no more, where its connection has not ended it: a server does not notice that a client of HTTP is gone,
// and nobody tells it if the way is cut. The server ends what runs under an id before it starts another statement under that id. Unlike KILL
// QUERY that needs no right to see what others run.
func (db *DB) end(ctx context.Context, id string, bound time.Duration) error {
	if id == "" {
		return nil
	}
	ctx, giveUp, done := within(ctx, bound)
	defer done()
	err := db.conn.Conn.Exec(clickhouse.Context(ctx, clickhouse.WithQueryID(id), clickhouse.WithSettings(clickhouse.Settings{
		"replace_running_query": 1, "replace_running_query_max_wait_ms": (bound * 2 / 3).Milliseconds(),
	})), "SELECT 1")
	if err != nil {
		giveUp(err)
	}
	return err
}

// part ends the last statement of somebody who asks nothing more.
func (db *DB) part(ctx context.Context, id string) {
	bound := endTimeout
	if ctx.Err() != nil {
		bound = leaveTimeout
	}
	_ = db.end(context.WithoutCancel(ctx), id, bound) // that it goes on is not what the caller has to learn
}

// running is the statement that an attempt executes.
type running struct{ id string }

type runningKey struct{}

// connections give each statement an id, by which the server can end it.
type connections struct{ driver.Conn }

func identified(ctx context.Context) context.Context {
	id := "mnaflow-" + uuid.NewString()
	if now, ok := ctx.Value(runningKey{}).(*running); ok {
		now.id = id
	}
	return clickhouse.Context(ctx, clickhouse.WithQueryID(id))
}

// Query sends a query and returns its rows.
func (c connections) Query(ctx context.Context, query string, args ...any) (driver.Rows, error) {
	return c.Conn.Query(identified(ctx), query, args...)
}

// QueryRow sends a query of one row.
func (c connections) QueryRow(ctx context.Context, query string, args ...any) driver.Row {
	return c.Conn.QueryRow(identified(ctx), query, args...)
}

// Exec sends a statement without an answer.
func (c connections) Exec(ctx context.Context, query string, args ...any) error {
	return c.Conn.Exec(identified(ctx), query, args...)
}

// PrepareBatch begins an insert.
func (c connections) PrepareBatch(ctx context.Context, query string, opts ...driver.PrepareBatchOption) (driver.Batch, error) {
	return c.Conn.PrepareBatch(identified(ctx), query, opts...)
}

// dial connects, also over HTTP, where the driver asks the server who it is: within a time that the server is not told of.
func dial(ctx context.Context, id int, o *clickhouse.Options, one clickhouse.Dial) (clickhouse.DialResult, error) {
	ctx, giveUp, done := within(ctx, dialTimeout)
	defer done()
	var opened dialled
	ctx = context.WithValue(ctx, dialledKey{}, &opened)
	defer context.AfterFunc(ctx, opened.expire)()
	result, err := clickhouse.DefaultDialStrategy(ctx, id, o, one)
	if err != nil {
		giveUp(err)
	}
	return result, err
}

// dialled is the connection that is being opened: the driver reads the server's greeting from it, and looks at no context meanwhile.
type dialled struct {
	mu      sync.Mutex
	conn    net.Conn
	expired bool
}

type dialledKey struct{}

// take notes the connection.
func (d *dialled) take(conn net.Conn) {
	d.mu.Lock()
	d.conn = conn
	expired := d.expired
	d.mu.Unlock()
	if expired {
		d.expire()
	}
}

// expire ends whatever is being read from the connection or written to it.
func (d *dialled) expire() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.expired = true
	if d.conn != nil {
		_ = d.conn.Close()
	}
}

// taken is a connection of the native protocol whose writes end after a time: a server that is stalled takes nothing, and the driver bounds
// only what it reads.
type taken struct {
	*net.TCPConn
	most time.Duration
}

// Write fails with a time-out unless everything is taken in time.
func (t taken) Write(p []byte) (int, error) {
	if err := t.SetWriteDeadline(time.Now().Add(t.most)); err != nil { //nolint:forbidigo // the kernel's clock is meant
		return 0, err
	}
	return t.TCPConn.Write(p)
}
