package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/exit"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/probe"
	"github.com/mnaflow/mnaflow/transform"
)

// probeAttempts bounds how often the probe sends the same request: a person waits for the result.
const probeAttempts = 3

func newProbe(o *options) *cobra.Command {
	var out output
	var chosen []string
	cmd := &cobra.Command{
		Use:   "probe",
		Short: "Measure what the API's documentation leaves open",
		Long: `Send about 20 requests to the real API with the account's key, at the configured rate, to measure what
the vendor's page leaves open: the longest span, how far back data reach, the time zone of days, the edges of a range,
how late data come, whether totals and parts agree, the clock and the latency. Print each finding with the ids of its
requests, and the lines to write into the configuration. It needs no warehouse and stores nothing.

Exit codes: 0 probed, whatever the findings; 2 usage or configuration; 3 some findings are missing because requests
failed; 4 the API refused the credentials or the permission; 130 interrupted.`,
		Example: "  mnaflow probe\n  mnaflow probe --account main --output json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			c, err := o.loadConfig()
			if err != nil {
				return err
			}
			if c, err = onlyAccounts(c, chosen); err != nil {
				return err
			}
			results, failure := o.probe(cmd.Context(), c)
			if len(results.Accounts) > 0 {
				if err := o.printProbe(results, out); err != nil {
					return err
				}
			}
			if failure == nil && !results.Complete() {
				return alreadyPrinted{exit.Partial}
			}
			return failure
		},
	}
	o.selector(cmd, "account", "only these accounts", &chosen, accountNames)
	out.flag(cmd)
	return cmd
}

// onlyAccounts returns the configuration with the chosen accounts only; with all of them if chosen is empty.
func onlyAccounts(c *config.Config, chosen []string) (*config.Config, error) {
	s := selection{accounts: chosen}
	selected, err := s.from(c)
	if err != nil {
		return nil, err
	}
	only := *c
	only.Accounts = nil
	for _, a := range c.Accounts {
		if slices.ContainsFunc(selected, func(s flow.Series) bool { return s.Account == a.Name }) {
			only.Accounts = append(only.Accounts, a)
		}
	}
	return &only, nil
}

// probe probes one account after another. If one fails, it goes on with the next. It returns the results of all and the
// first error.
func (o *options) probe(ctx context.Context, c *config.Config) (probe.Results, error) {
	var results probe.Results
	bounded := *c
	bounded.Extract.MaxAttempts = min(c.Extract.MaxAttempts, probeAttempts)
	clients, err := o.newClients(&bounded)
	if err != nil {
		return results, err
	}
	var failure error
	var configured []probe.Settings
	for _, a := range c.Accounts {
		s := probeSettings(c, a)
		r, err := probe.Run(ctx, a.Name, s, probe.Dependencies{API: clients[a.Name], Judge: facts, Now: o.Now})
		results.Accounts, configured = append(results.Accounts, r), append(configured, s)
		if failure == nil {
			failure = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	results.Config = probe.Lines(configured, results.Accounts)
	return results, failure
}

func probeSettings(c *config.Config, a config.Account) probe.Settings {
	e := c.Extract
	return probe.Settings{
		Zone: a.TimeZone, PerSecond: a.RequestsPerSecond, Start: settings(c).Start, Granularities: e.Granularities,
		Settle: e.Settle.Map(), MaxWindow: e.MaxWindow.Map(), Record: e.AnswerCheck == config.RecordAnswer,
	}
}

// facts transforms an answer as a load does, but accepts it if its totals disagree: that is a finding.
func facts(c flow.Calendar, w flow.Window, a flow.Answer) (flow.Transformed, error) {
	return transform.Facts(transform.Rules{Calendar: c, Record: true}, w, a)
}

func (o *options) printProbe(results probe.Results, format output) error {
	if format == "json" {
		return printJSON(o.Stdout, results)
	}
	results.Print(o.Stdout)
	return nil
}
