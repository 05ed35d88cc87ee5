package pipeline

import (
	"context"
	"time"

	"github.com/mnaflow/mnaflow/internal/exit"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// beatEvery is how often a run says that it lives. The warehouse takes one for lost that has been silent for ten
// minutes, by its own clock.
const beatEvery = 30 * time.Second

// leave is how long the end of a run waits for a beat that is under way.
const leave = time.Second

// state is a run as it was at a moment.
type state struct {
	run flow.Run
	at  time.Time
}

// written dates the next state of the run: now, and after the one before, though the clock may have been set back. The
// newest counts, in whatever order they arrive.
func (p *pass) written() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.deps.Now().Round(0) // the wall's clock
	if !now.After(p.recorded) {
		now = p.recorded.Add(time.Microsecond)
	}
	p.recorded = now
	return now
}

// beating has a run beat, beside all else and in nobody's way: a beat that fails is made good by the next. The returned
// function ends it.
func (p *pass) beating(ctx context.Context, run flow.Run) (end func()) {
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticks := time.NewTicker(beatEvery)
		defer ticks.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticks.C:
				if err := p.deps.Warehouse.Note(ctx, run, p.written()); err != nil && ctx.Err() == nil {
					p.deps.Log.Debug("the run could not say that it lives", "run_id", run.ID, "error", err)
				}
			}
		}
	}()
	return func() {
		stop()
		select {
		case <-ended:
		case <-time.After(leave): // a beat that hangs holds up nobody, and comes too late to count
		}
	}
}

// finish settles how the run ended and records it. It waits for the warehouse as long as for any insert, and when ctx
// has ended for what write has left. Where the warehouse is what ended the run there is one more try; what it misses,
// the runner's next pass tells it.
func (p *pass) finish(ctx, write context.Context) {
	run := &p.report.Run
	run.Finished = p.deps.Now()
	run.State, run.ExitCode, run.Reason = outcome(ctx, p.report)
	if p.recorded.IsZero() {
		return
	}
	at := p.written()
	err := context.Cause(write) // not nil: there is no time left
	switch {
	case run.ExitCode != exit.Warehouse:
		if err = p.deps.Warehouse.Record(write, *run, at); err != nil {
			p.report.Errors = append(p.report.Errors, err)
			run.State, run.ExitCode, run.Reason = outcome(ctx, p.report)
		}
	case err == nil:
		err = p.deps.Warehouse.Note(write, *run, at)
	}
	if err != nil {
		p.owed = append(p.owed, state{*run, at})
	}
}

// pay tells the warehouse how former runs ended that it was not there to be told of.
func (p *pass) pay(ctx context.Context) {
	for len(p.owed) > 0 && p.deps.Warehouse.Note(ctx, p.owed[0].run, p.owed[0].at) == nil {
		p.owed = p.owed[1:]
	}
}
