package migrations_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
)

// past is a random configured series with a random ledger.
type past struct {
	flow.Setting
	calendar   flow.Calendar
	configured bool
	attempts   []flow.Attempt
}

func pasts(t *testing.T, n int, now time.Time) []past {
	t.Helper()
	version := uint64(0)
	out := make([]past, n)
	for i := range out {
		r := rand.New(rand.NewPCG(uint64(i), 3))
		g := flow.Granularities()[i%2]
		c := flow.NewCalendar(g, zone(t, zones[(i/2)%len(zones)]))
		s := named(fmt.Sprintf("account %03d", i/2), g, flow.Total)
		buckets := 1 + r.IntN(60)
		unit := map[flow.Granularity]time.Duration{flow.Hourly: time.Hour, flow.Daily: 24 * time.Hour}[g]
		p := past{calendar: c, configured: r.IntN(6) > 0}
		p.Setting = setting(s, time.Time{}, c.Zone(), time.Duration(r.IntN(300))*time.Minute)
		if r.IntN(12) == 0 {
			p.Start = c.Skip(c.Floor(now), 3) // in the future
		} else {
			p.Start = c.Floor(now.Add(-time.Duration(buckets) * unit))
		}
		origin := c.Floor(now.Add(-time.Duration(buckets+5) * unit))
		for range r.IntN([]int{12, 60}[i/2%2]) { // few, or many across each other
			version++
			p.attempts = append(p.attempts, randomAttempt(r, s, c, origin, buckets, version, now))
		}
		r.Shuffle(len(p.attempts), func(i, j int) { p.attempts[i], p.attempts[j] = p.attempts[j], p.attempts[i] })
		out[i] = p
	}
	return out
}

// randomAttempt begins within so many buckets of origin, and a few more.
func randomAttempt(
	r *rand.Rand, s flow.Series, c flow.Calendar, origin time.Time, buckets int, version uint64, now time.Time,
) flow.Attempt {
	begin := c.Skip(origin, r.IntN(buckets+5))
	sent := now.Add(-time.Duration(r.IntN(1000)) * time.Minute).Truncate(time.Millisecond)
	values := make([]int64, 1+r.IntN(buckets/3+2))
	for j := range values {
		values[j] = int64(r.IntN(4)) - 1
	}
	a := answer(s, c, begin, version, sent, false, values...)
	switch r.IntN(5) {
	case 0, 1:
		a.State, a.Class, a.Reason = flow.Failed, flow.Disagrees, fmt.Sprintf("total of attempt %d", version)
		a.Transformed = flow.Transformed{}
	case 2:
		a.State, a.Class, a.Reason = flow.Unavailable, flow.Refused, fmt.Sprintf("age of attempt %d", version)
		a.Transformed = flow.Transformed{}
	}
	if s.Granularity == flow.Daily && r.IntN(8) == 0 { // asked for in another zone
		a.Calendar = flow.NewCalendar(s.Granularity, time.UTC)
		a.Window = flow.Window{Begin: a.Calendar.Floor(a.Window.Begin), End: a.Calendar.Ceil(a.Window.End)}
		for j := range a.Transformed.Facts {
			a.Transformed.Facts[j].Bucket = a.Calendar.Skip(a.Window.Begin, j)
		}
	}
	return a
}

func (p past) String() string {
	return fmt.Sprintf("%s, zone %s, from %s, settle %v\n%s",
		p.Series, p.Zone, p.Start, p.Settle, loadtest.Recorded(p.attempts))
}

// counts is how many buckets are what.
type counts struct{ expected, covered, reported, failed, unavailable, gap int }

// model says bucket by bucket what the views should show.
func (p past) model(now time.Time) (coverage string, gaps []string) {
	end := p.calendar.SettledBefore(now, p.Settle)
	if end.Before(p.Start) {
		end = p.Start
	}
	var n counts
	fates, order := map[time.Time]string{}, []time.Time{}
	for b := range p.calendar.Buckets(flow.Window{Begin: p.Start, End: end}) {
		n.expected++
		accepted, newest := p.attemptsAt(b)
		switch {
		case accepted:
			n.covered++
			continue
		case newest == nil:
			n.gap++
			fates[b] = "never requested"
		case newest.State == flow.Failed:
			n.failed++
			fates[b] = "failed: " + newest.Reason
		default:
			n.unavailable++
			fates[b] = "unavailable: " + newest.Reason
		}
		order = append(order, b)
	}
	var run flow.Window
	for i, b := range order {
		if run.Begin.IsZero() {
			run.Begin = b
		}
		run.End = p.calendar.Next(b)
		if i+1 == len(order) || !order[i+1].Equal(run.End) || fates[order[i+1]] != fates[b] {
			gaps = append(gaps, fmt.Sprintf("%s %s", run, fates[b]))
			run = flow.Window{}
		}
	}
	first, newest, last := p.reported(end, &n)
	const minute = "2006-01-02T15:04"
	show := func(t time.Time, layout string) string {
		if t.IsZero() {
			return "none"
		}
		return t.UTC().Format(layout)
	}
	return fmt.Sprintf("configured=%v expected %s to %s: %d = covered %d + failed %d + unavailable %d + gap %d; "+
		"reported %d, from %s to %s, asked %s",
		p.configured, p.Start.UTC().Format(minute), end.UTC().Format(minute),
		n.expected, n.covered, n.failed, n.unavailable, n.gap,
		n.reported, show(first, minute), show(newest, minute), show(last, "2006-01-02 15:04:05.000")), gaps
}

// foreign says whether days were asked for in another zone, and so cover nothing.
func (p past) foreign(a flow.Attempt) bool {
	return a.Series.Granularity == flow.Daily && a.Calendar.Zone().String() != p.Zone.String()
}

// attemptsAt says whether an attempt at a bucket was accepted, and which of those that were not is the newest.
func (p past) attemptsAt(bucket time.Time) (accepted bool, newest *flow.Attempt) {
	for i, a := range p.attempts {
		switch {
		case !a.Window.Contains(bucket) || p.foreign(a):
		case a.State == flow.Accepted:
			accepted = true
		case newest == nil || a.Sent.Version > newest.Sent.Version:
			newest = &p.attempts[i]
		}
	}
	return accepted, newest
}

// reported counts the buckets before end that have a value; it returns the first and the newest of all that have one,
// and when the series was last asked for.
func (p past) reported(end time.Time, n *counts) (first, newest, last time.Time) {
	current, facts := map[time.Time]flow.Attempt{}, map[time.Time]flow.Fact{}
	for _, a := range p.attempts {
		if a.State == flow.Accepted && a.Sent.At.After(last) {
			last = a.Sent.At
		}
		for _, f := range a.Transformed.Facts {
			if c, ok := current[f.Bucket]; !ok || a.Sent.Version > c.Sent.Version {
				current[f.Bucket], facts[f.Bucket] = a, f
			}
		}
	}
	for b, f := range facts {
		if !f.Reported || p.foreign(current[b]) {
			continue
		}
		if first.IsZero() || b.Before(first) {
			first = b
		}
		if b.After(newest) {
			newest = b
		}
		if !b.Before(p.Start) && b.Before(end) {
			n.reported++
		}
	}
	return first, newest, last
}
