package cli

import (
	"context"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/monitor"
	"github.com/mnaflow/mnaflow/internal/pipeline"
	"github.com/mnaflow/mnaflow/internal/report"
	"github.com/mnaflow/mnaflow/internal/schedule"
)

func newSchedule(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "schedule",
		Short: "Load what is due on the configured cron entries, until stopped",
		Long: `Load everything that is due, at once and then at the times of the configured cron entries, until stopped.
A tick during a pass is skipped. If a pass fails, the log says why, and the next pass continues.

Meanwhile server.listen serves /healthz (the process runs), /readyz (the warehouse is usable, the scheduler is alive,
and a pass has succeeded within three periods of the schedule) and /metrics (for Prometheus).

Exit codes: 0 stopped by a signal; 2 usage, configuration or a taken port; 5 the warehouse is unreachable at the start,
refuses, or its tables are not at this program's version.`,
		Example: "  mnaflow schedule --log-format json\n  curl 127.0.0.1:8080/readyz",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := o.loadConfig()
			if err != nil {
				return err
			}
			return o.schedule(cmd.Context(), c)
		},
	}
}

func entries(c *config.Config) []schedule.Entry {
	out := make([]schedule.Entry, len(c.Schedule))
	for i, e := range c.Schedule {
		out[i] = schedule.Entry{Name: e.Name, Cron: e.Cron}
	}
	return out
}

// schedule runs passes and serves health and metrics until ctx ends.
func (o *options) schedule(ctx context.Context, c *config.Config) error {
	ticks, err := schedule.Parse(entries(c))
	if err != nil {
		return usage(err)
	}
	metrics := o.newMetrics(c)
	o = o.withTrace(metrics.Trace()) // before newClients and newRunner, which keep the trace
	clients, err := o.newClients(c)
	if err != nil {
		return err
	}
	for name, client := range clients {
		metrics.Pace(name, client.Pace().PerSecond, client.Pace().Most())
	}
	db, err := o.openWarehouse(c)
	if err != nil {
		return err
	}
	defer db.Close()
	runner := o.newRunner(c, db, clients)
	ln, err := listenOn("server.listen", c.Server.Listen)
	if err != nil {
		return err
	}
	defer func() { _ = ln.Close() }() // if this returns before Serve, which closes it
	if err := db.Await(ctx); err != nil {
		return err
	}
	o.warnOfViews(ctx, db)
	server := monitor.New(monitor.Dependencies{
		Metrics: metrics, Warehouse: report.New(db), Ticks: ticks, Now: o.Now, Log: o.log,
	})
	o.log.Info("serving", "address", ln.Addr().String(), "paths", "/healthz /readyz /metrics")

	both, running := errgroup.WithContext(ctx)
	serving, stop := context.WithCancel(context.WithoutCancel(ctx)) // it serves until the last pass has ended
	both.Go(func() error { return server.Serve(serving, ln) })
	both.Go(func() error {
		defer stop()
		server.Refresh(running)
		return schedule.Run(running, entries(c), o.Clock, o.log, func(ctx context.Context, entry string) {
			o.pass(ctx, server, runner, c, entry)
		})
	})
	return both.Wait()
}

// pass runs one pass, updates the metrics and then logs the result. So the metrics are up to date when the log line
// appears.
func (o *options) pass(
	ctx context.Context, server *monitor.Server, runner *pipeline.Runner, c *config.Config, entry string,
) {
	var r endedPass
	server.Pass(ctx, func(ctx context.Context) flow.Run {
		r.Report = runner.Run(ctx, pipeline.Order{RunID: uuid.NewString(), Command: "schedule", Series: series(c)})
		return r.Run
	})
	r.log(o)
	for _, err := range r.Errors {
		o.log.Error("pass", "run_id", r.Run.ID, "entry", entry, "error", err)
	}
	for _, c := range r.Causes {
		o.log.Error("windows failed", "run_id", r.Run.ID, "windows", c.Windows, "series", c.Series,
			"class", c.Class, "reason", c.Reason)
	}
}
