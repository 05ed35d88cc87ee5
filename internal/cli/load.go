package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/exit"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/pipeline"
	"github.com/mnaflow/mnaflow/internal/terminal"
)

// selection is which of the configured series a command takes; nothing chosen means all.
type selection struct {
	accounts, granularities, regions, trafficTypes, gatewayTypes []string
}

// flags adds the selectors to a command; their completion offers what the configuration has.
func (s *selection) flags(cmd *cobra.Command, o *options) {
	for _, f := range []struct {
		name  string
		into  *[]string
		usage string
		known func(*config.Config) []string
	}{
		{"account", &s.accounts, "only these accounts", accountNames},
		{"granularity", &s.granularities, "only these: " + flow.Join(flow.Granularities()), func(c *config.Config) []string { return texts(c.Extract.Granularities) }},
		{"region", &s.regions, "only these: " + flow.Join(flow.Regions()), func(c *config.Config) []string { return texts(c.Extract.Regions) }},
		{"traffic-type", &s.trafficTypes, "only these: " + flow.Join(flow.TrafficTypes()), func(c *config.Config) []string { return texts(c.Extract.TrafficTypes) }},
		{"gateway-type", &s.gatewayTypes, "only these: " + flow.Join(flow.GatewayTypes()), func(c *config.Config) []string { return texts(c.Extract.GatewayTypes) }},
	} {
		o.selector(cmd, f.name, f.usage, f.into, f.known)
	}
}

// selector adds one selector to a command.
func (o *options) selector(cmd *cobra.Command, name, usage string, into *[]string, known func(*config.Config) []string) {
	cmd.Flags().StringSliceVar(into, name, nil, usage)
	o.complete(cmd, name, known)
}

// complete offers what the configuration has as values of a flag.
func (o *options) complete(cmd *cobra.Command, name string, known func(*config.Config) []string) {
	err := cmd.RegisterFlagCompletionFunc(name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		c, err := config.Load(o.configPath, o.Env)
		if err != nil {
			c = config.Default() // the known names, while the file is still being written
		}
		return known(c), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the flag was made just before
	}
}

func accountNames(c *config.Config) []string {
	var out []string
	for _, a := range c.Accounts {
		out = append(out, a.Name)
	}
	return out
}

// from returns the configured series that the selection names. A name that the configuration does not have is an error.
func (s *selection) from(c *config.Config) ([]flow.Series, error) {
	out := series(c)
	for _, f := range []struct {
		flag    string
		chosen  []string
		present []string
		of      func(flow.Series) string
	}{
		{"--account", s.accounts, accountNames(c), func(s flow.Series) string { return s.Account }},
		{"--granularity", s.granularities, texts(c.Extract.Granularities), func(s flow.Series) string { return string(s.Granularity) }},
		{"--region", s.regions, texts(c.Extract.Regions), func(s flow.Series) string { return string(s.Region) }},
		{"--traffic-type", s.trafficTypes, texts(c.Extract.TrafficTypes), func(s flow.Series) string { return string(s.Traffic) }},
		{"--gateway-type", s.gatewayTypes, texts(c.Extract.GatewayTypes), func(s flow.Series) string { return string(s.Gateway) }},
	} {
		if f.chosen == nil {
			continue
		}
		for _, v := range f.chosen {
			if !slices.Contains(f.present, v) {
				return nil, usagef("%s %q is not in the configuration, which has %s", f.flag, v, strings.Join(f.present, ", "))
			}
		}
		out = slices.DeleteFunc(out, func(s flow.Series) bool { return !slices.Contains(f.chosen, f.of(s)) })
	}
	return out, nil
}

func texts[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// load runs one pass and prints what it did. The error, if any, has been told.
func (o *options) load(ctx context.Context, c *config.Config, order pipeline.Order) error {
	limits := map[string]float64{}
	for _, a := range c.Accounts {
		limits[a.Name] = a.RequestsPerSecond
	}
	progress := terminal.NewProgress(o.log, o.Now, limits)
	o = o.watchedBy(progress.Trace())
	clients, err := o.newClients(c)
	if err != nil {
		return err
	}
	db, err := o.openWarehouse(c)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Await(ctx); err != nil {
		return err
	}
	o.warnOfViews(ctx, db)
	order.RunID = uuid.NewString()
	tty := o.tty()
	if tty != nil {
		progress.Show(tty)
	}
	result := passResult{o.newRunner(c, db, clients).Run(ctx, order)}
	progress.Close(ctx)
	if tty == nil { // on a terminal the table says it
		result.log(o)
	}
	printReport(o.Stdout, result)
	return result.exit(o)
}

type passResult struct{ pipeline.Report }

// log is the one line that a pass leaves in the log.
func (r passResult) log(o *options) {
	run := r.Run
	o.log.Info("pass", "run_id", run.ID, "command", run.Command, "state", run.State, "windows", run.Windows, "requests", run.Requests,
		"refused", run.Throttled, "rows", run.Rows, "revised", run.Revised, "retracted", run.Retracted, "failed", run.Failed,
		"unavailable", run.Unavailable, "seconds", run.Finished.Sub(run.Started).Round(time.Millisecond).Seconds())
}

// exit tells what went wrong and returns the code for it.
func (r passResult) exit(o *options) error {
	for _, err := range r.Errors {
		fmt.Fprintf(o.Stderr, "mnaflow: %v\n", err)
	}
	for _, f := range r.Failures {
		if f.Class != flow.Denied { // it stopped its account, and has been told above
			fmt.Fprintf(o.Stderr, "mnaflow: failed: %s\n", f.Reason)
		}
	}
	if more := r.Run.Failed - len(r.Failures); more > 0 {
		fmt.Fprintf(o.Stderr, "mnaflow: and %d more windows failed; SELECT * FROM extractions WHERE run_id = '%s' AND state = 'failed' lists them\n", more, r.Run.ID)
	}
	if r.Run.ExitCode == exit.Interrupted {
		fmt.Fprintln(o.Stderr, "mnaflow: interrupted; all finished windows are stored, the next run goes on from here")
	}
	if r.Run.ExitCode != exit.Done {
		return reported{r.Run.ExitCode}
	}
	return nil
}
