package main

import (
	"context"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/pipeline"
	"github.com/mnaflow/mnaflow/internal/schedule"
)

func newSchedule(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "schedule",
		Short: "Load everything that is due on the configured cron entries, until stopped",
		Long: `Load everything that is due, at once and then on the configured cron entries, until stopped. A tick during a pass is
skipped. A pass that fails is logged, and the next one goes on from what is stored.

Exit codes: 0 stopped by a signal; 2 usage or configuration; 5 the warehouse is unreachable at the start, refuses, or its
tables are not at this program's version.`,
		Example: "  mnaflow schedule --log-format json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := o.loadConfig()
			if err != nil {
				return err
			}
			w, err := o.openWarehouse(c)
			if err != nil {
				return err
			}
			defer w.Close()
			if err := w.Check(cmd.Context()); err != nil {
				return err
			}
			runner, err := o.newRunner(c, w, nil)
			if err != nil {
				return err
			}
			var entries []schedule.Entry
			for _, e := range c.Schedule {
				entries = append(entries, schedule.Entry{Name: e.Name, Cron: e.Cron})
			}
			return schedule.Run(cmd.Context(), entries, o.log, func(ctx context.Context, entry string) {
				r := passResult{runner.Run(ctx, pipeline.Order{RunID: uuid.NewString(), Command: "schedule", Series: series(c)})}
				r.log(o)
				for _, err := range r.Errors {
					o.log.Error("pass", "run_id", r.Run.ID, "entry", entry, "error", err)
				}
				for _, f := range r.Failures {
					o.log.Error("window failed", "run_id", r.Run.ID, "series", f.Series.String(), "window", f.Window.String(),
						"request_id", f.RequestID, "reason", f.Reason)
				}
			})
		},
	}
}
