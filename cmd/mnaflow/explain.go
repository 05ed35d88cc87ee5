package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/config"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/load"
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
		Example: `  mnaflow explain --region MC --traffic-type total --gateway-type public --hour 2026-01-31T13:00:00Z
  mnaflow explain --account main --region ALL --traffic-type uplink --gateway-type private --day 2026-01-31`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := out.check(); err != nil {
				return err
			}
			return o.withWarehouse(func(c *config.Config, w *load.Warehouse) error {
				s, calendar, bucket, err := f.bucket(c, o.now())
				if err != nil {
					return err
				}
				if err := w.Check(cmd.Context()); err != nil {
					return err
				}
				story, err := w.Story(cmd.Context(), s, calendar, bucket)
				if err != nil {
					return err
				}
				if out == "json" {
					return printJSON(o.stdout, storyJSON{s.Account, s.Granularity, s.Region, s.Gateway, s.Traffic, bucket.Begin, bucket.End, meaning(c, calendar, story), story})
				}
				printStory(o.stdout, story, calendar.Zone(), meaning(c, calendar, story))
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

type storyJSON struct {
	Account     string           `json:"account"`
	Granularity flow.Granularity `json:"granularity"`
	Region      flow.Region      `json:"access_region"`
	Gateway     flow.GatewayType `json:"gateway_type"`
	Traffic     flow.TrafficType `json:"traffic_type"`
	Begin       time.Time        `json:"bucket_begin"`
	End         time.Time        `json:"bucket_end"`
	Meaning     string           `json:"meaning"`
	flow.Story
}

// meaning is what the present value of a bucket says, in words.
func meaning(c *config.Config, calendar flow.Calendar, s flow.Story) string {
	switch {
	case s.Value == nil && s.Gap != "":
		return "not covered: " + s.Gap
	case s.Value == nil:
		return "not covered, and not expected: before the configured start, not settled yet, or of a series that the configuration does not extract"
	}
	value := "absent: covered, and the API reported no traffic"
	if s.Value.Bytes != nil {
		value = fmt.Sprintf("%d bytes", *s.Value.Bytes)
	}
	if s.Final {
		return value + ", final: not asked for again"
	}
	days := flow.NewCalendar(flow.Daily, calendar.Zone())
	final := days.Next(days.Floor(s.Bucket.Begin)).Add(c.Extract.Finality)
	return fmt.Sprintf("%s, preliminary: asked for again from %s on, final from %s on", value,
		stamp(s.Value.At.Add(c.Extract.Refresh.Of(s.Series.Granularity))), stamp(final))
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04Z") }

// shownAttempts bounds what a person reads; the ledger, in the view extractions, has all.
const shownAttempts = 10

func printStory(out io.Writer, s flow.Story, zone *time.Location, meaning string) {
	fmt.Fprintf(out, "%s\n%s to %s", s.Series, stamp(s.Bucket.Begin), stamp(s.Bucket.End))
	if s.Series.Granularity == flow.Daily {
		fmt.Fprintf(out, " (%s in %s)", s.Bucket.Begin.In(zone).Format(time.DateOnly), zone)
	}
	fmt.Fprintln(out)
	indented(out, "", meaning)

	fmt.Fprintln(out, "\nvalues:")
	for _, v := range s.Values {
		bytes, note := "absent", ""
		if v.Bytes != nil {
			bytes = fmt.Sprint(*v.Bytes)
		}
		if v.WasFinal {
			note = "  (the one before had been final)"
		}
		fmt.Fprintf(out, "  %s  %20s  %s%s\n", stamp(v.At), bytes, v.RequestID, note)
	}
	if len(s.Values) == 0 {
		fmt.Fprintln(out, "  none")
	}

	fmt.Fprintln(out, "\nasked for:")
	if more := len(s.Attempts) - shownAttempts; more > 0 {
		fmt.Fprintf(out, "  %d times before, see the view extractions; then\n", more)
		s.Attempts = s.Attempts[more:]
	}
	for _, a := range s.Attempts {
		fmt.Fprintf(out, "  %s  %-20s  %s\n", stamp(a.SentAt), a.State, a.RequestID)
		if a.Reason != "" {
			indented(out, "    ", a.Reason)
		}
	}
	if len(s.Attempts) == 0 {
		fmt.Fprintln(out, "  never")
	}

	fmt.Fprintln(out, "\nchecks:")
	slices.SortFunc(s.Checks, func(a, b flow.Finding) int {
		return cmp.Or(slices.Index(flow.Checks(), a.Check)-slices.Index(flow.Checks(), b.Check), strings.Compare(a.Compared, b.Compared))
	})
	for _, f := range s.Checks {
		line := fmt.Sprintf("%s %s: %s", f.State, f.Check, f.Compared)
		if f.Detail != "" {
			line += "; " + f.Detail
		}
		indented(out, "  ", line)
	}
	if len(s.Checks) == 0 {
		fmt.Fprintln(out, "  none yet: run mnaflow verify")
	}
}
