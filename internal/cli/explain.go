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
		Long: `Tell the story of one number: its current value, whether that is final, every earlier value, every
request with its time, result and request id, and the checks that cover it with their results. It sends no request to
the API.

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
				story, err := report.New(db).Story(
					cmd.Context(), s, calendar, bucket, c.Extract.Refresh.Of(s.Granularity), c.Extract.Finality)
				if err != nil {
					return err
				}
				story.Complete(o.typed)
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
		values      func(*config.Config) []string
	}{
		{"account", "account (required if there are several)", &f.account, accountNames},
		{"region", oneOf(flow.Regions()), &f.region, always(flow.Regions())},
		{"traffic-type", oneOf(flow.TrafficTypes()), &f.traffic, always(flow.TrafficTypes())},
		{"gateway-type", oneOf(flow.GatewayTypes()), &f.gateway, always(flow.GatewayTypes())},
	} {
		cmd.Flags().StringVar(v.into, v.name, "", v.usage)
		o.complete(cmd, v.name, v.values)
	}
	cmd.Flags().StringVar(&f.hour, "hour", "", "the hour that contains an instant: 2026-01-31T13:00:00Z or -12h")
	cmd.Flags().StringVar(&f.day, "day", "",
		"the day in the account's time zone: 2026-01-31, or the one that contains an instant in RFC 3339 or -30d")
}

func oneOf[T ~string](values []T) string { return "one of " + flow.Join(values) }

// always returns the values, whatever the configuration.
func always[T ~string](values []T) func(*config.Config) []string {
	return func(*config.Config) []string { return texts(values) }
}

// bucket returns the series and the bucket that the flags name. A usageError says which flag is wrong or missing.
func (f *bucketFlags) bucket(
	c *config.Config, now time.Time,
) (s flow.Series, calendar flow.Calendar, bucket flow.Window, err error) {
	if f.account == "" && len(c.Accounts) == 1 {
		f.account = c.Accounts[0].Name
	}
	for _, v := range []struct {
		flag, value string
		allowed     []string
	}{
		{"--account", f.account, accountNames(c)}, {"--region", f.region, texts(flow.Regions())},
		{"--traffic-type", f.traffic, texts(flow.TrafficTypes())},
		{"--gateway-type", f.gateway, texts(flow.GatewayTypes())},
	} {
		if v.value == "" {
			return s, calendar, bucket, usagef("%s is missing: write one of %s", v.flag, strings.Join(v.allowed, ", "))
		}
		if !slices.Contains(v.allowed, v.value) {
			return s, calendar, bucket, usagef("%s %q: write one of %s", v.flag, v.value, strings.Join(v.allowed, ", "))
		}
	}
	switch {
	case f.hour == "" && f.day == "":
		return s, calendar, bucket, usagef("--hour or --day is missing: write one, such as --day %s",
			now.AddDate(0, 0, -1).Format(time.DateOnly))
	case f.hour != "" && f.day != "":
		return s, calendar, bucket, usagef("--hour and --day are both there: write one of them")
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
		return s, calendar, bucket, usagef("%s %s lies in the future: write a time that has passed", flag, text)
	}
	s = flow.Series{
		Account: f.account, Granularity: granularity, Region: flow.Region(f.region),
		Gateway: flow.GatewayType(f.gateway), Traffic: flow.TrafficType(f.traffic),
	}
	return s, calendar, bucket, nil
}

// zoneOf returns the time zone of an account, UTC if the configuration does not have the account.
func zoneOf(c *config.Config, account string) *time.Location {
	for _, a := range c.Accounts {
		if a.Name == account {
			return a.TimeZone
		}
	}
	return time.UTC
}
