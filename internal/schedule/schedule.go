// Package schedule runs passes at the times of cron entries until it is stopped.
//
// Invariant: one pass runs at a time. A tick during a pass is skipped: nothing is lost, since the next pass loads all
// that is due.
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
	Cron string // five fields, or @hourly and the like; in the machine's time zone unless it starts with CRON_TZ=
}

// Clock calls tick with the entry's name at each of its times, until stop is called. An entry that is no cron spec is
// an error.
type Clock func(entries []Entry, tick func(entry string)) (stop func(), err error)

// Cron is a Clock that follows the machine's clock.
func Cron(entries []Entry, tick func(entry string)) (stop func(), err error) {
	clock := cron.New()
	for _, e := range entries {
		if _, err := clock.AddFunc(e.Cron, func() { tick(e.Name) }); err != nil {
			return nil, fmt.Errorf("schedule entry %s: %w", e.Name, err)
		}
	}
	clock.Start()
	return func() { <-clock.Stop().Done() }, nil
}

// Run runs one pass at once, then one at each tick, until ctx ends. It waits for the pass under way and returns nil. An
// entry that is no cron spec is an error, before any pass runs.
func Run(
	ctx context.Context, entries []Entry, clock Clock, log *slog.Logger, pass func(ctx context.Context, entry string),
) error {
	ticks := make(chan string)
	stop, err := clock(entries, func(entry string) {
		select {
		case ticks <- entry:
		default:
			log.Info("tick skipped: a pass is running", "entry", entry)
		}
	})
	if err != nil {
		return err
	}
	defer stop()
	for entry := "start"; ctx.Err() == nil; {
		pass(ctx, entry)
		select {
		case entry = <-ticks:
		case <-ctx.Done():
		}
	}
	return nil
}
