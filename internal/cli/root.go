// Package cli implements the command line: one file for each command, with its flags, its help and the packages that it
// connects.
//
// Invariant: a command reaches arguments, environment, outputs and clock through World only, so that a test can run the
// whole program inside its own process. Results go to standard output, logs and progress to standard error. Every
// command ends with a code of package exit.
package cli

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/schedule"
	"github.com/mnaflow/mnaflow/internal/terminal"
	"github.com/mnaflow/mnaflow/internal/trace"
)

// World is the machine as commands see it.
type World struct {
	Args           []string                    // without the program's name
	Env            func(string) (string, bool) // like os.LookupEnv
	Stdout, Stderr io.Writer
	Now            func() time.Time
	Wait           func(context.Context, time.Duration) error // before a retry; nil: a timer
	Trace          trace.Trace                                // also observes every pass
	Clock          schedule.Clock                             // of the schedule; nil: cron
	Config         string                                     // file of a command without --config; empty: config.yaml
}

// options are the world and the flags that every command has.
type options struct {
	World
	configPath          string
	logLevel, logFormat string
	log                 *slog.Logger
	jsonLogs            bool
	running             bool // cobra has parsed the arguments
}

// Run executes one command line and returns its exit code, one of package exit. When ctx ends, it interrupts the
// command and returns within ten seconds, even if the readers of its outputs have stopped reading.
func Run(ctx context.Context, w World) int {
	stdout := &terminal.Outlet{To: w.Stdout, Interrupted: ctx.Done()}
	stderr := &terminal.Outlet{To: w.Stderr, Interrupted: ctx.Done(), Patience: terminal.LogPatience}
	w.Stdout, w.Stderr = stdout, stderr
	code := run(ctx, w)
	stdout.Flush()
	stderr.Flush()
	return code
}

func run(ctx context.Context, w World) int {
	if w.Wait == nil {
		w.Wait = wait
	}
	if w.Clock == nil {
		w.Clock = schedule.Cron
	}
	results := &checkedWriter{Writer: w.Stdout}
	w.Stdout = results
	o := &options{World: w}
	root := newRoot(o)
	root.SetArgs(w.Args)
	root.SetErr(w.Stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && !o.running {
		err = usage(flow.ForeignError(err, 500))
		if wantsJSON(w.Args) {
			o.logFormat = string(config.LogJSON)
			_ = o.startLog(config.Log{}) // it fails for an unknown level or format only
		}
	}
	if results.err != nil && (err == nil || errors.Is(results.err, err)) {
		err = results.err // it says what could not be written
	}
	if out, ok := w.Stderr.(*terminal.Outlet); ok && o.running && out.Lost() > 0 {
		o.log.Warn("lines on standard error are lost because its reader had stopped", "lines", out.Lost())
	}
	return o.finish(err)
}

// wantsJSON reports whether a command line that cobra could not parse has --log-format json.
func wantsJSON(args []string) bool {
	for i, a := range args {
		if a == "--log-format=json" || a == "--log-format" && i+1 < len(args) && args[i+1] == "json" {
			return true
		}
	}
	return false
}

// Commands returns the tree of commands, for tests that check each of them.
func Commands() *cobra.Command { return newRoot(&options{}) }

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
		Example: `  mnaflow demo        everything at once, with an embedded ClickHouse and API
  mnaflow migrate && mnaflow backfill --from 2025-01-01
  mnaflow schedule    load what is due, every hour`,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			o.running = true
			return o.startLog(config.Log{Level: slog.LevelInfo, Format: config.LogText})
		},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&o.configPath, "config", o.defaultConfig(), "configuration file")
	flags.StringVar(&o.logLevel, "log-level", "", "debug, info, warn or error (default from the configuration)")
	flags.StringVar(&o.logFormat, "log-format", "", "text or json (default from the configuration)")
	root.CompletionOptions.HiddenDefaultCmd = false
	root.AddCommand(
		newBackfill(o), newRun(o), newSchedule(o), newPlan(o), newStatus(o), newVerify(o), newExplain(o), newProbe(o),
		newMigrate(o), newWarehouse(o), newSimulate(o), newDemo(o), newConfig(o), newVersion(o),
	)
	root.SetOut(o.Stdout) // before InitDefaultCompletionCmd, which keeps it for the commands of completion
	root.InitDefaultCompletionCmd()
	knownTopics(root)
	for _, c := range append(root.Commands(), root) {
		if c == root || !c.Runnable() && c.HasSubCommands() {
			group(c)
		}
	}
	root.SetFlagErrorFunc(unknownFlag)
	root.SetUsageTemplate(usageTemplate(root))
	wrapHelp(root)
	return root
}

// tty returns the terminal for progress bars. It is nil if standard error is no terminal, if the terminal cannot move
// its cursor (TERM=dumb), or if logs are JSON.
func (o *options) tty() *os.File {
	err := o.Stderr
	if through, ok := err.(*terminal.Outlet); ok {
		err = through.To
	}
	tty, ok := err.(*os.File)
	if kind, _ := o.Env("TERM"); !ok || !term.IsTerminal(int(tty.Fd())) || kind == "dumb" || o.jsonLogs {
		return nil
	}
	return tty
}

// startLog creates the logger, which writes to standard error. Flags override the configuration. A usageError says
// which flag is wrong.
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
		o.log = slog.New(slog.NewJSONHandler(o.Stderr, level))
	} else {
		o.log = slog.New(slog.NewTextHandler(o.Stderr, level))
	}
	return nil
}

// loadConfig reads the configuration and starts its log. Errors are usageErrors.
func (o *options) loadConfig() (*config.Config, error) {
	c, err := config.Load(o.configPath, o.Env)
	if err != nil {
		return nil, usage(err)
	}
	if err := o.startLog(c.Log); err != nil {
		return nil, err
	}
	return c, o.checkStart(c)
}

// checkStart returns an error if extract.start is in the future.
func (o *options) checkStart(c *config.Config) error {
	start := settings(c).Start
	if start.After(o.Now().Add(24 * time.Hour)) { // start is in UTC; in an account's zone it may be tomorrow already
		return usagef("%s: extract.start %s lies in the future: write the first day to load",
			o.configPath, start.Format(time.DateOnly))
	}
	return nil
}
