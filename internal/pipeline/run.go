package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Bounds of one account's pass.
const (
	// underWay bounds the windows of an account that are asked for or wait to be stored, and so the memory. How many are really on the wire
	// follows from the pace and the latency (Little's law): 18 a second are 3 at 150 ms, and 64 would be 3.5 s.
	underWay = 64
	// outage is how many windows in a row may fail by faults of the way to the API before the account's pass ends: the rest are still due.
	outage = 8
)

// Report is what one pass did.
type Report struct {
	Run    flow.Run
	Errors []error // one for each account that stopped, and the warehouse's; windows that failed alone are in Failures
	// Failures are the first windows that failed, for the operator to read; the ledger has all of them.
	Failures []flow.Attempt
}

// maxFailures bounds Report.Failures.
const maxFailures = 10

// pass is one run of a runner.
type pass struct {
	*Runner
	order   Order
	clock   *versions
	results chan flow.Attempt
	// recorded is when a state of the run was last written; zero: never.
	recorded time.Time

	mu     sync.Mutex
	report Report
	queues []*queue // one for each group that was begun
}

// Run plans, extracts and stores what the order asks for. It returns a report whatever happened; its Run says how it ended.
//
// When ctx ends, it stops asking, stores what has arrived, and returns.
func (r *Runner) Run(ctx context.Context, o Order) Report {
	p := &pass{Runner: r, order: o, results: make(chan flow.Attempt)}
	p.report.Run = flow.Run{ID: o.RunID, Command: o.Command, Program: r.deps.Program, State: flow.RunRunning, Started: r.deps.Now()}
	write, cancel := outlasting(ctx)
	defer cancel()
	err := p.run(ctx, write)
	if err != nil && (ctx.Err() == nil || !errors.Is(err, context.Canceled)) { // an interrupt is told by the state
		p.report.Errors = append(p.report.Errors, err)
	}
	p.finish(ctx, write)
	return p.report
}

func (p *pass) run(ctx, write context.Context) error {
	started := p.deps.Now()
	warehouse := p.deps.Warehouse
	if err := warehouse.Configure(ctx, p.setup(), started); err != nil {
		return err
	}
	floor, err := warehouse.Clock(ctx)
	if err != nil {
		return err
	}
	p.clock = &versions{now: p.deps.Now, read: p.deps.Now(), floor: floor} // from now on: until now it may have waited for the warehouse
	p.pay(ctx)
	if err := warehouse.Record(ctx, p.report.Run, p.written()); err != nil {
		return err
	}
	defer p.beating(write, p.report.Run)()
	byAccount := map[string][]planned{}
	for _, g := range p.groups(p.order, started) {
		plan, err := p.plan(ctx, g, started)
		if err != nil {
			return err
		}
		p.report.Run.Windows += plan.windows
		p.deps.Trace.Planned(g.account.Name, g.calendar.Granularity(), plan.windows)
		byAccount[g.account.Name] = append(byAccount[g.account.Name], plan)
	}
	return p.extractAll(ctx, write, byAccount)
}

// extractAll runs every account beside the others and stores what they bring. An account's failure stops that account, the warehouse's
// stops all.
func (p *pass) extractAll(ctx, write context.Context, byAccount map[string][]planned) error {
	asking, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var accounts sync.WaitGroup
	for _, groups := range byAccount {
		accounts.Go(func() {
			if err := p.account(asking, groups); err != nil && asking.Err() == nil {
				p.mu.Lock()
				p.report.Errors = append(p.report.Errors, err)
				p.mu.Unlock()
			}
		})
	}
	stored := make(chan error, 1)
	go func() {
		err := p.store(write)
		if err != nil {
			stop(err)
			for range p.results { // let the accounts end
			}
		}
		stored <- err
	}()
	accounts.Wait()
	close(p.results)
	if err := <-stored; err != nil {
		return err
	}
	for _, q := range p.queues {
		if ctx.Err() != nil {
			break
		}
		if err := q.keep(ctx); err != nil {
			return err
		}
	}
	return nil
}

// account asks for the groups of one account, one after the other. The error is what stopped the account.
func (p *pass) account(ctx context.Context, groups []planned) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	breaker := &breaker{stop: stop}
	for _, g := range groups {
		q := newQueue(p, g, breaker)
		p.mu.Lock()
		p.queues = append(p.queues, q)
		p.mu.Unlock()
		if err := q.run(ctx); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// breaker ends an account's pass when the way to the API is down.
type breaker struct {
	mu    sync.Mutex
	inRow int
	stop  context.CancelCauseFunc
}

func (b *breaker) note(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := flow.ClassOf(err)
	f, settled := errors.AsType[*flow.Error](err)
	// What the API itself says of a request, with an id, came all the way: it may be one region that is down, and the others go on.
	if err == nil || c != flow.Transient && c != flow.Throttled || settled && f.RequestID != "" && f.Attempts > 0 {
		b.inRow = 0
		return
	}
	if b.inRow++; b.inRow == outage {
		b.stop(fmt.Errorf("%d windows in a row failed, the rest are left for the next pass: %w", outage, err))
	}
}

// setup is what the configuration asks for every series, selected or not.
func (p *pass) setup() []flow.Setting {
	out := make([]flow.Setting, 0, len(p.deps.All))
	for _, s := range p.deps.All {
		zone := p.deps.Accounts[s.Account].Zone
		c := flow.NewCalendar(s.Granularity, zone)
		out = append(out, flow.Setting{
			Series: s, Start: c.Floor(c.DateStart(p.settings.Start)), Zone: zone,
			Settle: p.settings.Settle[s.Granularity], Refresh: p.settings.Refresh[s.Granularity], Finality: p.settings.Finality,
		})
	}
	return out
}

// versions hands out the stamps of a pass: versions are microseconds of the warehouse's clock, each higher than the one
// before and than any that was stored when the pass began.
type versions struct {
	now   func() time.Time
	read  time.Time // when the warehouse's clock was read
	floor uint64    // what it showed, or the highest version that is stored

	mu   sync.Mutex
	last uint64
}

func (v *versions) next() flow.Stamp {
	v.mu.Lock()
	defer v.mu.Unlock()
	at := v.now()
	elapsed := max(0, at.Sub(v.read).Microseconds())
	v.last = max(v.last+1, v.floor+1+uint64(elapsed))
	return flow.Stamp{At: at, Version: v.last}
}
