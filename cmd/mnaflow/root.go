package main

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/flow"
	watch "github.com/mnaflow/mnaflow/internal/status" // the command status has its own type of that name
)

// world is what a command sees of the machine.
type world struct {
	args           []string
	env            func(string) (string, bool)
	stdout, stderr io.Writer
	now            func() time.Time
	wait           func(context.Context, time.Duration) error // between tries; nil: a timer
	reached        func(point string)                         // told of the named points of a pass, see points.go; nil but in tests
}

// options are the flags that every command has, and the world.
type options struct {
	world
	configPath          string
	logLevel, logFormat string
	log                 *slog.Logger
	jsonLogs            bool
	running             bool           // the arguments were understood
	metrics             *watch.Metrics // told what passes do; nil but for schedule
}

// run executes one command line and returns its exit code.
func run(ctx context.Context, w world) int {
	if w.wait == nil {
		w.wait = wait
	}
	results := &kept{Writer: w.stdout}
	w.stdout = results
	o := &options{world: w}
	root := newRoot(o)
	root.SetArgs(w.args)
	root.SetOut(w.stdout)
	root.SetErr(w.stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && !o.running {
		err = usagef("%s; see mnaflow --help", flow.Foreign(err.Error(), 500))
	}
	if err == nil {
		err = results.err
	}
	if out, ok := w.stderr.(*outlet); ok && o.running && out.lostWrites() > 0 {
		o.log.Warn("what was written to standard error while nobody read it is lost", "lines", out.lostWrites())
	}
	return report(w.stderr, err)
}

func newRoot(o *options) *cobra.Command {
	root := &cobra.Command{
		Use:   "mnaflow",
		Short: "Load Tencent Cloud MNA traffic statistics into ClickHouse, complete and right",
		Long: `mnaflow loads hourly and daily traffic statistics from Tencent Cloud's Multi-Network Aggregation API
(GetFlowStatisticByRegion) into ClickHouse, where they are complete, current and never doubled.

Exit codes: 0 done; 1 unexpected; 2 usage, configuration or a taken port; 3 partial: some windows failed, all others
are stored; 4 the API refused the credentials or the permission; 5 the warehouse is unreachable, refuses, or its tables
are not at this program's version; 6 verify found a mismatch; 130 interrupted, all finished windows are stored.
Of several causes 5 before 4 before 3.`,
		Example: `  mnaflow demo                              everything at once, on an embedded ClickHouse and a simulated API
  mnaflow migrate && mnaflow backfill --from 2025-01-01
  mnaflow schedule                          load what is due, every hour`,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			o.running = true
			return o.startLog(config.Log{Level: slog.LevelInfo, Format: config.LogText})
		},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&o.configPath, "config", "config.yaml", "configuration file")
	flags.StringVar(&o.logLevel, "log-level", "", "debug, info, warn or error (default from the configuration)")
	flags.StringVar(&o.logFormat, "log-format", "", "text or json (default from the configuration)")
	root.CompletionOptions.HiddenDefaultCmd = false
	root.AddCommand(
		newBackfill(o), newRun(o), newSchedule(o), newPlan(o), newStatus(o), newVerify(o), newExplain(o), newProbe(o), newMigrate(o), newWarehouse(o), newSimulate(o), newDemo(o), newConfig(o), newVersion(o),
	)
	return root
}

// startLog makes the logger from the configuration, as the flags overrule it. Logs go to stderr.
func (o *options) startLog(c config.Log) error {
	if o.logLevel != "" {
		if err := c.Level.UnmarshalText([]byte(o.logLevel)); err != nil {
			return usagef("--log-level %q: write debug, info, warn or error", o.logLevel)
		}
	}
	switch o.logFormat {
	case "":
	case string(config.LogText), string(config.LogJSON):
		c.Format = config.LogFormat(o.logFormat)
	default:
		return usagef("--log-format %q: write text or json", o.logFormat)
	}
	level := &slog.HandlerOptions{Level: c.Level}
	if o.jsonLogs = c.Format == config.LogJSON; o.jsonLogs {
		o.log = slog.New(slog.NewJSONHandler(o.stderr, level))
	} else {
		o.log = slog.New(slog.NewTextHandler(o.stderr, level))
	}
	return nil
}

// loadConfig reads the configuration and starts the log that it asks for.
func (o *options) loadConfig() (*config.Config, error) {
	c, err := config.Load(o.configPath, o.env)
	if err != nil {
		return nil, usage(err)
	}
	return c, o.startLog(c.Log)
}
