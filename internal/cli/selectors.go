package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// selection holds the selectors: the values of each dimension that a command works on. nil means all.
type selection struct {
	accounts, granularities, regions, trafficTypes, gatewayTypes []string
}

// flags adds the selectors to a command. Their completion offers the values of the configuration.
func (s *selection) flags(cmd *cobra.Command, o *options) {
	o.selector(cmd, "account", "only these accounts", &s.accounts, accountNames)
	o.selector(cmd, "granularity", "only these: "+flow.Join(flow.Granularities()), &s.granularities,
		func(c *config.Config) []string { return texts(c.Extract.Granularities) })
	o.selector(cmd, "region", "only these: "+flow.Join(flow.Regions()), &s.regions,
		func(c *config.Config) []string { return texts(c.Extract.Regions) })
	o.selector(cmd, "traffic-type", "only these: "+flow.Join(flow.TrafficTypes()), &s.trafficTypes,
		func(c *config.Config) []string { return texts(c.Extract.TrafficTypes) })
	o.selector(cmd, "gateway-type", "only these: "+flow.Join(flow.GatewayTypes()), &s.gatewayTypes,
		func(c *config.Config) []string { return texts(c.Extract.GatewayTypes) })
}

// selector adds one selector to a command. values returns the values that completion offers.
func (o *options) selector(
	cmd *cobra.Command, name, usage string, into *[]string, values func(*config.Config) []string,
) {
	cmd.Flags().StringSliceVar(into, name, nil, usage)
	o.complete(cmd, name, values)
}

// complete makes completion offer values of the configuration for a flag.
func (o *options) complete(cmd *cobra.Command, name string, values func(*config.Config) []string) {
	offer := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		c, err := config.Load(o.configPath, o.Env)
		if err != nil {
			c = config.Default() // the file may not be finished yet
		}
		return values(c), cobra.ShellCompDirectiveNoFileComp
	}
	if err := cmd.RegisterFlagCompletionFunc(name, offer); err != nil {
		panic(err) // it fails for an unknown flag only
	}
}

func accountNames(c *config.Config) []string {
	var out []string
	for _, a := range c.Accounts {
		out = append(out, a.Name)
	}
	return out
}

// from returns the configured series that the selection names. A value that the configuration does not have is a
// usageError, and so is a flag without a value.
func (s *selection) from(c *config.Config) ([]flow.Series, error) {
	out := series(c)
	for _, f := range []struct {
		flag    string
		chosen  []string
		present []string
		of      func(flow.Series) string
	}{
		{"--account", s.accounts, accountNames(c), func(s flow.Series) string { return s.Account }},
		{
			"--granularity", s.granularities, texts(c.Extract.Granularities),
			func(s flow.Series) string { return string(s.Granularity) },
		},
		{"--region", s.regions, texts(c.Extract.Regions), func(s flow.Series) string { return string(s.Region) }},
		{
			"--traffic-type", s.trafficTypes, texts(c.Extract.TrafficTypes),
			func(s flow.Series) string { return string(s.Traffic) },
		},
		{
			"--gateway-type", s.gatewayTypes, texts(c.Extract.GatewayTypes),
			func(s flow.Series) string { return string(s.Gateway) },
		},
	} {
		if f.chosen == nil {
			continue
		}
		if len(f.chosen) == 0 { // a variable that is not set must not select everything
			return nil, usagef("%s is empty: name some of %s, or leave it out for all", f.flag, strings.Join(f.present, ", "))
		}
		for _, v := range f.chosen {
			if !slices.Contains(f.present, v) {
				return nil, usagef("%s %q is not in the configuration, which has %s",
					f.flag, v, strings.Join(f.present, ", "))
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
