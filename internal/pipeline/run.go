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
	// maxInFlight bounds the windows of an account that are being requested or wait to be stored, and so the memory.
	// How many are on the wire follows from pace and latency (Little's law): 18 a second at 150 ms are 3. With 64 in
	// flight the pace is kept up to a latency of 3.5 s.
	maxInFlight = 64
	// outage is how many windows in a row may fail on the way to the API before the account's pass ends. The rest stay
	// due.
	outage = 8
)

// Report is what one pass did.
type Report struct {
	Run    flow.Run
	Errors []error // one for each account that stopped, and the warehouse's
	// Causes are why windows failed, in the order in which they came up. The ledger has every window.
	Causes []Cause
}

// pass is one run of a runner.
type pass struct {
	*Runner
	order    Order
	clock    *versions
	results  chan flow.Attempt
	recorded time.Time // when a state of the run was last written; zero: never

	mu          sync.Mutex
	report      Report
	dispatchers []*dispatcher // one for each group that was begun
}

// Run plans, extracts and stores what the order asks for. It returns a report whatever happened: its Run says how it
// ended, its Errors why.
//
// When ctx ends it sends no more requests, stores what has arrived, and returns within a few seconds.
func (r *Runner) Run(ctx context.Context, o Order) Report {
	p := &pass{Runner: r, order: o, results: make(chan flow.Attempt)}
	p.report.Run = flow.Run{
		ID: o.RunID, Command: o.Command, Program: r.deps.Program, State: flow.RunRunning, Started: r.deps.Now(),
	}
	write, cancel := outlasting(ctx)
	defer cancel()
	err := p.run(ctx, write)
	if err != nil && (ctx.Err() == nil || !errors.Is(err, context.Canceled)) { // the state says that it was interrupted
		p.report.Errors = append(p.report.Errors, err)
	}
	p.finish(ctx, write)
	return p.report
}

func (p *pass) run(ctx, write context.Context) error {
	started := p.deps.Now()
	warehouse := p.deps.Warehouse
	settings := p.settings.Wanted(p.deps.Accounts, p.deps.All)
	groups := p.groups(p.order, started)
	for _, g := range groups {
		for i, s := range settings {
			if s.Series.Account == g.account.Name && g.grid.Range.Begin.Before(s.Start) {
				settings[i].Oldest = g.grid.Range.Begin
			}
		}
	}
	if err := warehouse.Configure(ctx, settings, started); err != nil {
		return err
	}
	floor, err := warehouse.Clock(ctx)
	if err != nil {
		return err
	}
	// Counted from this moment: reading the clock may have waited for the warehouse.
	p.clock = &versions{now: p.deps.Now, read: p.deps.Now(), floor: floor}
	p.recordFormerEnds(ctx)
	if err := warehouse.Record(ctx, p.report.Run, p.nextStateTime()); err != nil {
		return err
	}
	defer p.heartbeat(write, p.report.Run)()
	byAccount := map[string][]planned{}
	for _, g := range groups {
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

// extractAll runs all accounts at once and stores what arrives. A failure of one account stops that account; a failure
// of the warehouse stops all.
func (p *pass) extractAll(ctx, write context.Context, byAccount map[string][]planned) error {
	requesting, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var accounts sync.WaitGroup
	for _, groups := range byAccount {
		accounts.Go(func() {
			if err := p.account(requesting, groups); err != nil && requesting.Err() == nil {
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
			for range p.results { // so that no account waits for ever to send
			}
		}
		stored <- err
	}()
	accounts.Wait()
	close(p.results)
	if err := <-stored; err != nil {
		return err
	}
	for _, d := range p.dispatchers {
		if ctx.Err() != nil {
			break
		}
		if err := d.keep(ctx); err != nil {
			return err
		}
	}
	return nil
}

// account requests the groups of one account, one after the other. The error is what stopped it.
func (p *pass) account(ctx context.Context, groups []planned) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	breaker := &breaker{stop: stop}
	for _, g := range groups {
		d := newDispatcher(p, g, breaker)
		p.mu.Lock()
		p.dispatchers = append(p.dispatchers, d)
		p.mu.Unlock()
		if err := d.run(ctx); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// breaker ends an account's pass after several windows in a row failed on the way to the API.
type breaker struct {
	mu    sync.Mutex
	inRow int
	stop  context.CancelCauseFunc
}

func (b *breaker) note(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := flow.ClassOf(err)
	f, classified := errors.AsType[*flow.Error](err)
	// An error with a request id comes from the API itself, so the way to it works. One region may be down; the others
	// go on.
	fromAPI := classified && f.RequestID != "" && f.Attempts > 0
	if err == nil || c != flow.Transient && c != flow.Throttled || fromAPI {
		b.inRow = 0
		return
	}
	if b.inRow++; b.inRow == outage {
		b.stop(fmt.Errorf("%d windows in a row failed, the rest are left for the next pass: %w", outage, err))
	}
}

// Wanted is what the configuration asks for: from which bucket on each series, and when a bucket settles and is final.
func (s Settings) Wanted(accounts map[string]Account, series []flow.Series) []flow.Setting {
	out := make([]flow.Setting, 0, len(series))
	for _, one := range series {
		zone := accounts[one.Account].Zone
		c := flow.NewCalendar(one.Granularity, zone)
		out = append(out, flow.Setting{
			Series: one, Start: c.Floor(c.DateStart(s.Start)), Zone: zone,
			Settle: s.Settle[one.Granularity], Refresh: s.Refresh[one.Granularity], Finality: s.Finality,
		})
	}
	return out
}

// versions hands out the stamps of a pass. A version is the time of sending in microseconds of the warehouse's
// clock. It is higher than the one before, and than any that was stored when the pass began, so that the request
// sent last wins.
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
