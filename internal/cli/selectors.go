package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/flow"
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
