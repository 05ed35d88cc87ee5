package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/transform"
)

// Bounds of one batch. An insert makes a part in every partition that it touches, so many windows share one. They
// are few enough that a killed process has little to request again.
const (
	batchRows    = 10_000
	batchWindows = 512
	batchAge     = 2 * time.Second
	// closing is how long the warehouse may take once the pass was interrupted.
	closing = 6 * time.Second
)

// errLate is why what had arrived could not be stored after an interrupt.
var errLate = flow.Fail(flow.Warehouse,
	"the warehouse did not take what had arrived within %s of the interrupt; the next run asks for it again", closing)

// outlasting returns a context for what is still to be written when ctx has ended. It ends closing later than ctx, with
// the cause errLate.
func outlasting(ctx context.Context) (context.Context, context.CancelFunc) {
	write, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	unneeded := context.AfterFunc(ctx, func() { time.AfterFunc(closing, func() { cancel(errLate) }) })
	return write, func() {
		unneeded()
		cancel(nil)
	}
}

// store writes attempts in batches as they arrive, until the results are closed. ctx outlasts the pass's, so that an
// interrupt loses nothing that has arrived.
func (p *pass) store(ctx context.Context) error {
	var batch []flow.Attempt
	var due <-chan time.Time
	rows := 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := p.flush(ctx, batch)
		batch, due, rows = nil, nil, 0
		if err != nil && context.Cause(ctx) != nil {
			return context.Cause(ctx)
		}
		return err
	}
	for {
		select {
		case a, open := <-p.results:
			if !open {
				return flush()
			}
			if due == nil {
				due = time.After(batchAge)
			}
			batch = append(batch, a)
			rows += len(a.Transformed.Facts)
			if rows < batchRows && len(batch) < batchWindows {
				continue
			}
		case <-due:
		}
		if err := flush(); err != nil {
			return err
		}
	}
}

// flush writes a batch and counts it.
func (p *pass) flush(ctx context.Context, batch []flow.Attempt) error {
	if err := p.deps.Warehouse.Store(ctx, p.order.RunID, batch, p.accept); err != nil {
		return err
	}
	for _, a := range batch {
		p.stored(a)
	}
	return nil
}

// accept turns an attempt into a failed one if its answer lacks too many buckets that the warehouse holds: missing data
// never erases data.
func (p *pass) accept(a *flow.Attempt, held []flow.Held) {
	if p.order.AcceptMissing {
		return
	}
	if err := transform.Lost(a.Transformed, held, a.Failures > 1); err != nil {
		failWith(a, &flow.Error{
			Class: flow.ClassOf(err), Doing: fmt.Sprintf("the answer for %s of %s", a.Window, a.Series), Err: err,
			RequestID: a.RequestID, Sent: a.Sent, Attempts: a.Requests, Throttled: a.Throttled,
		})
	}
}

// stored counts and logs one attempt that is now in the ledger.
func (p *pass) stored(a flow.Attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := &p.report.Run.Counts
	switch a.State {
	case flow.Accepted:
		c.Accepted++
		c.Rows += len(a.Transformed.Facts)
		c.Reported += a.Transformed.Reported
		c.Revised += a.Revised
		c.Retracted += a.Retracted
	case flow.Failed:
		c.Failed++
		p.report.Causes = add(p.report.Causes, a, p.order.Force)
	case flow.Unavailable:
		c.Unavailable++
	}
	p.deps.Log.Debug("window", "run_id", p.order.RunID, "series", a.Series.String(), "window", a.Window.String(),
		"state", a.State, "request_id", a.RequestID, "requests", a.Requests, "rows", len(a.Transformed.Facts),
		"revised", a.Revised, "reason", a.Reason)
}
