package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/terminal"
)

// Promise says, from the configuration, when the data of a bucket should be in the warehouse.
type Promise struct {
	Next   func(after time.Time) time.Time // the first tick of the schedule after an instant; zero: there is none
	Settle map[flow.Granularity]time.Duration
	Zones  map[string]*time.Location // by account
}

const (
	// allowed is how long a pass may take before its data count as late.
	allowed = 15 * time.Minute
	// unscheduled is how often a pass should run if no schedule is configured: cron or the like then calls mnaflow run,
	// at least daily.
	unscheduled = 24 * time.Hour
)

// due returns the instant from which on the data of a bucket count as late: allowed after the first tick that follows
// its settling. Example: a bucket settles at 10:15 and the cron entry is at :20; its data are late from 10:35 on.
func (p Promise) due(settled time.Time) time.Time {
	first := settled.Add(unscheduled)
	if next := p.Next(settled); !next.IsZero() {
		first = next
	}
	return first.Add(allowed)
}

// Until returns, by granularity, the instant up to which buckets should be loaded by now: the last tick at least
// allowed before now, less settle. Example: it is 10:34, the cron entry is at :20 and hours settle in 15 minutes. The
// pass of 10:20 may still run, so the pass of 9:20 counts: hours should be loaded up to 9:05, the last one 8:00 to
// 9:00.
func (p Promise) Until(now time.Time) map[flow.Granularity]time.Time {
	last := now.Add(-unscheduled)
	for t := p.Next(now.AddDate(0, 0, -32)); !t.IsZero() && !t.After(now.Add(-allowed)); t = p.Next(t) {
		last = t
	}
	out := map[flow.Granularity]time.Time{}
	for _, g := range flow.Granularities() {
		out[g] = last.Add(-p.Settle[g])
	}
	return out
}

// zone returns the time zone of an account, UTC if the configuration does not have the account.
func (p Promise) zone(account string) *time.Location {
	if zone, ok := p.Zones[account]; ok {
		return zone
	}
	return time.UTC
}

// problems returns a line for failed buckets, one for missing ones, and one for late data, if there are any. Buckets in
// the tail are no problem until they are late. gaps are those of all accounts.
func (p Promise) problems(v Coverage, gaps []Gap, now time.Time) []string {
	var out []string
	name := v.Account + " " + string(v.Granularity)
	if v.Failed > 0 {
		out = append(out, fmt.Sprintf("%s: %d buckets failed%s; they are requested again, at first by the next run, "+
			"later every six hours or once a day", name, v.Failed, why(v, gaps)))
	}
	if inner := v.Gap - v.Tail; inner > 0 {
		out = append(out, fmt.Sprintf("%s: %d buckets are missing; the next run loads them", name, inner))
	}
	if v.Tail > 0 {
		bucket := flow.NewCalendar(v.Granularity, p.zone(v.Account)).Next(v.FreshTo)
		if late := p.due(bucket.Add(p.Settle[v.Granularity])); now.After(late) {
			some := ""
			if v.Oldest < v.Series {
				some = fmt.Sprintf("of %d of %d series ", v.Oldest, v.Series)
			}
			out = append(out, fmt.Sprintf("%s: %snothing newer than %s is stored; more was due by %s: run mnaflow run, and "+
				"see whether mnaflow schedule is up", name, some, terminal.Minute(v.FreshTo), terminal.Minute(late)))
		}
	}
	return out
}

// why is the reason of failed buckets: of several, that of the newest bucket. A request that is repeated heals no wrong
// setting, so whoever reads how many failed has to learn why.
func why(v Coverage, gaps []Gap) string {
	var newest Gap
	reasons := 0
	for _, g := range gaps {
		s := g.Series[0]
		if s.Account != v.Account || s.Granularity != v.Granularity || !strings.HasPrefix(g.Reason, failedFor) {
			continue
		}
		if reasons++; g.End.After(newest.End) {
			newest = g
		}
	}
	reason := strings.TrimPrefix(newest.Reason, failedFor)
	switch reasons {
	case 0: // only the first gaps are read
		return ""
	case 1:
		return ": " + reason
	}
	return fmt.Sprintf(" for %d reasons, such as: %s", reasons, reason)
}

// failedFor precedes the reason of failed buckets in the view flow_gaps.
const failedFor = "failed: "
