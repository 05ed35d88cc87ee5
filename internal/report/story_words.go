package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/internal/audit"
	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/terminal"
)

// meaning returns the current value of the bucket in words, and when it is requested again and becomes final.
func (s Story) meaning(calendar flow.Calendar, refresh, finality time.Duration) string {
	switch {
	case s.Value == nil && s.Gap != "":
		return "not covered: " + s.Gap
	case s.Value == nil:
		return "not covered, and not expected: before the configured start, not settled yet, " +
			"or of a series that the configuration does not extract"
	}
	value := "absent: covered, and the API reported no traffic"
	if s.Value.Bytes != nil {
		value = fmt.Sprintf("%d bytes", *s.Value.Bytes)
	}
	if s.Final {
		return value + ", final: not requested again"
	}
	days := flow.NewCalendar(flow.Daily, calendar.Zone())
	final := days.Next(days.Floor(s.Bucket.Begin)).Add(finality)
	return fmt.Sprintf("%s, preliminary: requested again from %s on, final from %s on", value,
		terminal.Minute(s.Value.At.Add(refresh)), terminal.Minute(final))
}

// shownAttempts is the number of attempts that Print shows; the view extractions has all.
const shownAttempts = 10

// Print shows the story within 80 columns. zone is the account's.
func (s Story) Print(out io.Writer, zone *time.Location) {
	fmt.Fprintf(out, "%s\n%s to %s", s.Series, terminal.Minute(s.Bucket.Begin), terminal.Minute(s.Bucket.End))
	if s.Series.Granularity == flow.Daily {
		fmt.Fprintf(out, " (%s in %s)", s.Bucket.Begin.In(zone).Format(time.DateOnly), zone)
	}
	fmt.Fprintln(out)
	terminal.Paragraph(out, "", s.Meaning)

	fmt.Fprintln(out, "\nvalues:")
	for _, v := range s.Values {
		bytes, note := "absent", ""
		if v.Bytes != nil {
			bytes = fmt.Sprint(*v.Bytes)
		}
		if v.WasFinal {
			note = "  (the one before had been final)"
		}
		fmt.Fprintf(out, "  %s  %20s  %s%s\n", terminal.Minute(v.At), bytes, v.RequestID, note)
	}
	if len(s.Values) == 0 {
		fmt.Fprintln(out, "  none")
	}

	fmt.Fprintln(out, "\nrequested:")
	if more := len(s.Attempts) - shownAttempts; more > 0 {
		fmt.Fprintf(out, "  %d times before, see the view extractions; then\n", more)
		s.Attempts = s.Attempts[more:]
	}
	for _, a := range s.Attempts {
		fmt.Fprintf(out, "  %s  %-20s  %s\n", terminal.Minute(a.SentAt), a.State, a.RequestID)
		if a.Reason != "" {
			terminal.Paragraph(out, "    ", a.Reason)
		}
	}
	if len(s.Attempts) == 0 {
		fmt.Fprintln(out, "  never")
	}

	fmt.Fprintln(out, "\nchecks:")
	slices.SortFunc(s.Checks, func(a, b audit.Finding) int {
		return cmp.Or(slices.Index(audit.Checks(), a.Check)-slices.Index(audit.Checks(), b.Check),
			strings.Compare(a.Compared, b.Compared))
	})
	for _, f := range s.Checks {
		line := fmt.Sprintf("%s %s: %s", f.State, f.Check, f.Compared)
		if f.Detail != "" {
			line += "; " + f.Detail
		}
		terminal.Paragraph(out, "  ", line)
	}
	if len(s.Checks) == 0 {
		terminal.Paragraph(out, "  ", "none yet: run "+s.verify)
	}
}
