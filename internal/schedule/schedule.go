// Package schedule runs passes on cron entries until it is stopped.
//
// Invariant: one pass runs at a time. A tick during a pass is skipped, since the pass under way or the next one takes all that is due.
package schedule

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/robfig/cron/v3"
)

// Entry is one cron entry of the configuration.
type Entry struct {
	Name string
	Cron string // five fields; in the machine's time zone, unless it starts with CRON_TZ=
}

// Run runs one pass at once, then one at each tick, until ctx ends; it returns nil when the pass under way has ended too. A bad entry is an
// error before anything runs.
func Run(ctx context.Context, entries []Entry, log *slog.Logger, pass func(ctx context.Context, entry string)) error {
	ticks := make(chan string)
	clock := cron.New()
	for _, e := range entries {
		_, err := clock.AddFunc(e.Cron, func() {
			select {
			case ticks <- e.Name:
			default:
				log.Info("tick skipped: a pass is running", "entry", e.Name)
			}
		})
		if err != nil {
			return fmt.Errorf("schedule entry %s: %w", e.Name, err)
		}
	}
	clock.Start()
	defer func() { <-clock.Stop().Done() }()
	for entry := "start"; ctx.Err() == nil; {
		pass(ctx, entry)
		select {
		case entry = <-ticks:
		case <-ctx.Done():
		}
	}
	return nil
}
