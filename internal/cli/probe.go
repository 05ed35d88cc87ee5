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

// probeAttempts bounds how often the probe sends a request that fails: somebody is waiting for it.
const probeAttempts = 3

func newProbe(o *options) *cobra.Command {
	var out output
	var chosen []string
	cmd := &cobra.Command{
		Use:   "probe",
		Short: "Ask the real API what its page leaves open",
		Long: `Ask the API about 20 questions with the account's key, at its pace, to measure what the vendor's page leaves open: the
longest span, how far back data reach, the zone of days, the edges of a range, how late data come, whether totals and parts
agree, the clock and the latency. Print each finding with the ids of the requests that show it, and the configuration lines
that follow. No warehouse is needed, and nothing is stored.

Exit codes: 0 probed, whatever was found; 2 usage or configuration; 3 some findings are missing because requests failed;
4 the API refused the credentials or the permission; 130 interrupted.`,
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
			found, failure := o.probe(cmd.Context(), c)
			if len(found.Accounts) > 0 {
				if err := o.printProbe(found, out); err != nil {
					return err
				}
			}
			if failure == nil && !found.Complete() {
				return reported{exit.Partial}
			}
			return failure
		},
	}
	o.selector(cmd, "account", "only these accounts", &chosen, accountNames)
	out.flag(cmd)
	return cmd
}

// onlyAccounts returns the configuration with none but the chosen accounts, all where none is chosen.
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

// probe asks one account after the other; one that is denied does not keep the others from being asked. It returns the first such failure.
func (o *options) probe(ctx context.Context, c *config.Config) (probe.Results, error) {
	var found probe.Results
	bounded := *c
	bounded.Extract.MaxAttempts = min(c.Extract.MaxAttempts, probeAttempts)
	clients, err := o.newClients(&bounded)
	if err != nil {
		return found, err
	}
	var failure error
	var set []probe.Settings
	for _, a := range c.Accounts {
		s := probeSettings(c, a)
		r, err := probe.Run(ctx, a.Name, s, probe.Dependencies{API: clients[a.Name], Judge: judge, Now: o.Now})
		found.Accounts, set = append(found.Accounts, r), append(set, s)
		if failure == nil {
			failure = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	found.Config = probe.Lines(set, found.Accounts)
	return found, failure
}

func probeSettings(c *config.Config, a config.Account) probe.Settings {
	e := c.Extract
	return probe.Settings{
		Zone: a.TimeZone, PerSecond: a.RequestsPerSecond, Start: settings(c).Start, Granularities: e.Granularities,
		Settle: e.Settle.Map(), MaxWindow: e.MaxWindow.Map(), Record: e.AnswerCheck == config.RecordAnswer,
	}
}

// judge reads an answer as a load does, and goes on where its totals disagree.
func judge(c flow.Calendar, w flow.Window, a flow.Answer) (flow.Transformed, error) {
	return transform.Facts(transform.Rules{Calendar: c, Record: true}, w, a)
}

func (o *options) printProbe(found probe.Results, format output) error {
	if format == "json" {
		return printJSON(o.Stdout, found)
	}
	found.Print(o.Stdout)
	return nil
}
