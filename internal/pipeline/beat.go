package pipeline

import (
	"context"
	"time"

	"github.com/mnaflow/mnaflow/internal/exit"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// heartbeatEvery is how often a run writes its state while it lives. The view runs calls one lost that has written
// nothing for ten minutes, by the warehouse's clock.
const heartbeatEvery = 30 * time.Second

// heartbeatGrace is how long the end of a run waits for a heartbeat that is being written.
const heartbeatGrace = time.Second

// runState is a run as it was at a moment.
type runState struct {
	run flow.Run
	at  time.Time
}

// nextStateTime is when the next state of the run counts as written: now, or right after the state before it if the
// clock was set back. The newest state counts, in whatever order they arrive.
func (p *pass) nextStateTime() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.deps.Now().Round(0) // the wall clock, without the monotonic one
	if !now.After(p.recorded) {
		now = p.recorded.Add(time.Microsecond)
	}
	p.recorded = now
	return now
}

// heartbeat writes the state of the run again and again beside all else. One that fails is only logged: the next makes
// up for it. The returned function ends it.
func (p *pass) heartbeat(ctx context.Context, run flow.Run) (end func()) {
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticks := time.NewTicker(heartbeatEvery)
		defer ticks.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticks.C:
				if err := p.deps.Warehouse.Note(ctx, run, p.nextStateTime()); err != nil && ctx.Err() == nil {
					p.deps.Log.Debug("the heartbeat of the run could not be written", "run_id", run.ID, "error", err)
				}
			}
		}
	}()
	return func() {
		stop()
		select {
		case <-ended:
		case <-time.After(heartbeatGrace): // its state is older than the final one, so it may arrive later
		}
	}
}

// finish decides how the run ended and records it. It waits for the warehouse as long as any insert does, or, when ctx
// has ended, as long as write allows.
//
// If the warehouse is what ended the run, there is one short try. If that fails too, the next pass of the runner
// records the end.
func (p *pass) finish(ctx, write context.Context) {
	run := &p.report.Run
	run.Finished = p.deps.Now()
	run.State, run.ExitCode, run.Reason = outcome(ctx, p.report)
	if p.recorded.IsZero() {
		return
	}
	at := p.nextStateTime()
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
		p.unrecorded = append(p.unrecorded, runState{*run, at})
	}
}

// recordFormerEnds records how former runs ended that could not record it themselves.
func (p *pass) recordFormerEnds(ctx context.Context) {
	for len(p.unrecorded) > 0 {
		if err := p.deps.Warehouse.Note(ctx, p.unrecorded[0].run, p.unrecorded[0].at); err != nil {
			return
		}
		p.unrecorded = p.unrecorded[1:]
	}
}
