package loadtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// Zones are time zones with awkward days: daylight saving of an hour and of half an hour, changes at midnight, offsets
// in quarters of an hour.
var Zones = []string{
	"Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo",
	"Africa/Cairo", "Asia/Kathmandu", "Asia/Kolkata", "America/Havana",
}

// Hours is the calendar of hours.
var Hours = flow.NewCalendar(flow.Hourly, time.UTC)

// Zone returns the time zone of that name, and fails the test if there is none.
func Zone(t Tester, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	Must(t, err)
	return z
}

// At is a moment in UTC: a date, a date and a time to the minute, or RFC 3339.
func At(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	panic("loadtest: no moment: " + s)
}

// RunID is the id of the n-th run of a test.
func RunID(n int) string { return fmt.Sprintf("00000000-0000-0000-0000-%012d", n) }

// NewRun is a new random run id.
func NewRun() string { return uuid.NewString() }

// Series is the series of an account's public traffic in Europe.
func Series(account string, g flow.Granularity, traffic flow.TrafficType) flow.Series {
	return flow.Series{Account: account, Granularity: g, Region: flow.Europe, Gateway: flow.Public, Traffic: traffic}
}

// AllSeries are the 30 series of an account and granularity.
func AllSeries(account string, g flow.Granularity) []flow.Series {
	var out []flow.Series
	for _, r := range flow.Regions() {
		for _, gw := range flow.GatewayTypes() {
			for _, tr := range flow.TrafficTypes() {
				out = append(out, flow.Series{Account: account, Granularity: g, Region: r, Gateway: gw, Traffic: tr})
			}
		}
	}
	return out
}

// Setting configures a series: refresh is half an hour, finality five days.
func Setting(s flow.Series, start time.Time, z *time.Location, settle time.Duration) flow.Setting {
	return flow.Setting{
		Series: s, Start: start, Zone: z, Settle: settle, Refresh: 30 * time.Minute, Finality: 120 * time.Hour,
	}
}

// Absent is the value of a bucket that an answer leaves out.
const Absent = -1

// Answer is an accepted attempt at consecutive buckets from begin on.
func Answer(
	s flow.Series, c flow.Calendar, begin time.Time, version uint64, sent time.Time, final bool, values ...int64,
) flow.Attempt {
	a := flow.Attempt{
		Series: s, Calendar: c, Window: flow.Window{Begin: begin, End: c.Skip(begin, len(values))}, State: flow.Accepted,
		RequestID: fmt.Sprintf("req-%d", version), Requests: 1,
		Sent: flow.Stamp{At: sent, Version: version}, Answered: sent.Add(time.Second),
	}
	for i, v := range values {
		bucket := c.Skip(begin, i)
		f := flow.Fact{Bucket: bucket, Day: c.Day(bucket), Final: final}
		if v != Absent {
			f.Bytes, f.Reported = uint64(v), true
			a.Transformed.Reported++
		}
		a.Transformed.Facts = append(a.Transformed.Facts, f)
	}
	return a
}

// AcceptAll leaves every attempt as it is.
func AcceptAll(*flow.Attempt, []flow.Held) {}

// Write stores attempts as a pass does, and returns them with Revised and Retracted.
func Write(t testing.TB, w *Warehouse, run string, attempts ...flow.Attempt) []flow.Attempt {
	t.Helper()
	attempts = slices.Clone(attempts)
	Must(t, w.Store(t.Context(), run, attempts, AcceptAll))
	return attempts
}

// Recorded lists attempts in the order in which they were sent, a line each.
func Recorded(attempts []flow.Attempt) string {
	var b strings.Builder
	attempts = slices.SortedFunc(slices.Values(attempts), func(a, b flow.Attempt) int {
		return cmp.Compare(a.Sent.Version, b.Sent.Version)
	})
	for _, a := range attempts {
		fmt.Fprintf(&b, "  v%d %s %s %s sent %s failures %d\n",
			a.Sent.Version, a.State, a.Class, a.Window, a.Sent.At.Format(time.RFC3339Nano), a.Failures)
	}
	return b.String()
}
