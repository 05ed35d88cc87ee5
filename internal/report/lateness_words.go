package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/mnaflow/mnaflow/internal/terminal"
)

// PrintLateness shows how late restatements come and whether finality is long enough, within 80 columns. It prints
// nothing for an empty list.
func PrintLateness(out io.Writer, all []Lateness) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(out, "restatements of the last 90 days:")
	for _, l := range all {
		fmt.Fprintf(out, "  %s %s\n", l.Account, l.Granularity)
		terminal.Paragraph(out, "    ", latenessWords(l))
	}
}

// latenessWords returns a lateness in sentences.
func latenessWords(l Lateness) string {
	finality := "finality " + lag(l.FinalAfter)
	if l.Verdict == NothingYet {
		if l.Watched == 0 {
			return "none seen so far; no day has been watched until it was final"
		}
		return fmt.Sprintf("none seen in %s that were watched until final", terminal.Count(l.Watched, "day"))
	}
	seen := fmt.Sprintf("%s changed; half within %s of their end, 99 %% within %s, the latest %s after; ",
		terminal.Count(l.Revised, "bucket"), lag(l.Median), lag(l.P99), lag(l.Latest))
	if l.Revised == 1 {
		seen = fmt.Sprintf("1 bucket changed, %s after its end; ", lag(l.Latest))
	}
	set := fmt.Sprintf("set extract.finality: %s", lag(l.SetFinalAfter))
	switch {
	case l.Verdict == LongEnough:
		return seen + finality + " is long enough"
	case l.Verdict == TooEarly:
		return seen + fmt.Sprintf("whether %s is long enough shows when %d days have been watched until final: so far %d",
			finality, EnoughDays, l.Watched)
	case l.RevisedFinal > 0:
		return seen + fmt.Sprintf("%s is too short: %s changed when final, as a forced reload saw; %s or more",
			finality, terminal.Count(l.RevisedFinal, "bucket"), set)
	}
	return seen + fmt.Sprintf("%s is too short to be sure: a change came %s after the end of its day, "+
		"and later ones would go unseen; %s", finality, lag(l.SinceDayEnd), set)
}

// lag writes a length of time, rounded up: in days and hours from a day on, else in hours and minutes. 3d1h, 2h5m, 40m.
func lag(s Seconds) string {
	const minute, hour, day = 60, 3600, 86400
	unit := Seconds(minute)
	if s >= day {
		unit = hour
	}
	s = (s + unit - 1) / unit * unit
	var b strings.Builder
	for _, part := range []struct {
		unit Seconds
		name string
	}{{day, "d"}, {hour, "h"}, {minute, "m"}} {
		if n := s / part.unit; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, part.name)
			s %= part.unit
		}
	}
	if b.Len() == 0 {
		return "0m"
	}
	return b.String()
}
