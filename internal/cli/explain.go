package cli

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/report"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// bucketFlags name one bucket of one series.
type bucketFlags struct {
	account, region, traffic, gateway string
	hour, day                         string
}

func newExplain(o *options) *cobra.Command {
	var out output
	var f bucketFlags
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "Tell the story of one number",
		Long: `Tell the story of one number: its value now and whether it is final, when it was asked for, what was answered under which
request id, every value that it has had, which checks cover it and what they say. Nothing is asked of the API.

Exit codes: 0 done; 2 usage or configuration; 5 the warehouse is unreachable or refuses.`,
		Example: `  mnaflow explain --region MC --traffic-type total --gateway-type public \
      --hour 2026-01-31T13:00:00Z
  mnaflow explain --account main --region ALL --traffic-type uplink \
      --gateway-type private --day 2026-01-31`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			return o.withWarehouse(func(c *config.Config, db *warehouse.DB) error {
				s, calendar, bucket, err := f.bucket(c, o.Now())
				if err != nil {
					return err
				}
				story, err := report.New(db).Story(cmd.Context(), s, calendar, bucket, c.Extract.Refresh.Of(s.Granularity), c.Extract.Finality)
				if err != nil {
					return err
				}
				if out == "json" {
					return printJSON(o.Stdout, story)
				}
				story.Print(o.Stdout, calendar.Zone())
				return nil
			})
		},
	}
	f.flags(cmd, o)
	out.flag(cmd)
	return cmd
}

func (f *bucketFlags) flags(cmd *cobra.Command, o *options) {
	for _, v := range []struct {
		name, usage string
		into        *string
		known       func(*config.Config) []string
	}{
		{"account", "account (needed if there are several)", &f.account, accountNames},
		{"region", "one of " + flow.Join(flow.Regions()), &f.region, func(*config.Config) []string { return texts(flow.Regions()) }},
		{"traffic-type", "one of " + flow.Join(flow.TrafficTypes()), &f.traffic, func(*config.Config) []string { return texts(flow.TrafficTypes()) }},
		{"gateway-type", "one of " + flow.Join(flow.GatewayTypes()), &f.gateway, func(*config.Config) []string { return texts(flow.GatewayTypes()) }},
	} {
		cmd.Flags().StringVar(v.into, v.name, "", v.usage)
		o.complete(cmd, v.name, v.known)
	}
	cmd.Flags().StringVar(&f.hour, "hour", "", "the hour that holds this moment: 2026-01-31T13:00:00Z, RFC 3339, or -12h")
	cmd.Flags().StringVar(&f.day, "day", "", "the day of the account's time zone: 2026-01-31, or one that holds a moment in RFC 3339 or -30d")
}

// bucket returns the series and the bucket that the flags name.
func (f *bucketFlags) bucket(c *config.Config, now time.Time) (s flow.Series, calendar flow.Calendar, bucket flow.Window, err error) {
	if f.account == "" && len(c.Accounts) == 1 {
		f.account = c.Accounts[0].Name
	}
	for _, v := range []struct {
		flag, value string
		known       []string
	}{
		{"--account", f.account, accountNames(c)}, {"--region", f.region, texts(flow.Regions())},
		{"--traffic-type", f.traffic, texts(flow.TrafficTypes())}, {"--gateway-type", f.gateway, texts(flow.GatewayTypes())},
	} {
		if !slices.Contains(v.known, v.value) {
			return s, calendar, bucket, usagef("%s %q: write one of %s", v.flag, v.value, strings.Join(v.known, ", "))
		}
	}
	if (f.hour == "") == (f.day == "") {
		return s, calendar, bucket, usagef("write --hour or --day, one of them")
	}
	granularity, flag, text := flow.Hourly, "--hour", f.hour
	if f.day != "" {
		granularity, flag, text = flow.Daily, "--day", f.day
	}
	moment, err := parseMoment(flag, text, now)
	if err != nil {
		return s, calendar, bucket, err
	}
	calendar = flow.NewCalendar(granularity, zoneOf(c, f.account))
	bucket.Begin = calendar.Floor(moment.In(calendar, now))
	bucket.End = calendar.Next(bucket.Begin)
	if bucket.Begin.After(now) {
		return s, calendar, bucket, usagef("%s %s lies in the future: nothing is known of it yet", flag, text)
	}
	s = flow.Series{
		Account: f.account, Granularity: granularity, Region: flow.Region(f.region), Gateway: flow.GatewayType(f.gateway), Traffic: flow.TrafficType(f.traffic),
	}
	return s, calendar, bucket, nil
}

func zoneOf(c *config.Config, account string) *time.Location {
	for _, a := range c.Accounts {
		if a.Name == account {
			return a.TimeZone
		}
	}
	return time.UTC
}
