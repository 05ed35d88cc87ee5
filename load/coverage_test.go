package load_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
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
		p := past{calendar: c, configured: r.IntN(6) > 0, Setting: setting(s, time.Time{}, c.Zone(), time.Duration(r.IntN(300))*time.Minute)}
		if r.IntN(12) == 0 {
			p.Start = c.Skip(c.Floor(now), 3) // in the future
		} else {
			p.Start = c.Floor(now.Add(-time.Duration(buckets) * unit))
		}
		origin := c.Floor(now.Add(-time.Duration(buckets+5) * unit))
		for range r.IntN([]int{12, 60}[i/2%2]) { // few, or many across each other
			version++
			begin := c.Skip(origin, r.IntN(buckets+5))
			sent := now.Add(-time.Duration(r.IntN(1000)) * time.Minute).Truncate(time.Millisecond)
			values := make([]int64, 1+r.IntN(buckets/3+2))
			for j := range values {
				values[j] = int64(r.IntN(4)) - 1
			}
			a := answer(s, c, begin, version, sent, false, values...)
			switch r.IntN(5) {
			case 0, 1:
				a.State, a.Class, a.Reason, a.Extract = flow.Failed, flow.Disagrees, fmt.Sprintf("total of attempt %d", version), flow.Extract{}
			case 2:
				a.State, a.Class, a.Reason, a.Extract = flow.Unavailable, flow.Refused, fmt.Sprintf("age of attempt %d", version), flow.Extract{}
			}
			if g == flow.Daily && r.IntN(8) == 0 { // asked for in another zone
				a.Calendar = flow.NewCalendar(g, time.UTC)
				a.Window = flow.Window{Begin: a.Calendar.Floor(a.Window.Begin), End: a.Calendar.Ceil(a.Window.End)}
				for j := range a.Extract.Facts {
					a.Extract.Facts[j].Bucket = a.Calendar.Skip(a.Window.Begin, j)
				}
			}
			p.attempts = append(p.attempts, a)
		}
		r.Shuffle(len(p.attempts), func(i, j int) { p.attempts[i], p.attempts[j] = p.attempts[j], p.attempts[i] })
		out[i] = p
	}
	return out
}

const minute = "2006-01-02T15:04"

// model says bucket by bucket what the views should show.
func (p past) model(now time.Time) (coverage string, gaps []string) {
	end := p.calendar.SettledBefore(now, p.Settle)
	if end.Before(p.Start) {
		end = p.Start
	}
	var expected, covered, reported, failed, unavailable, gap int
	fates, order := map[time.Time]string{}, []time.Time{}
	for b := range p.calendar.Buckets(flow.Window{Begin: p.Start, End: end}) {
		expected++
		var newest *flow.Attempt
		accepted := false
		for i, a := range p.attempts {
			if !a.Window.Contains(b) || a.Series.Granularity == flow.Daily && a.Calendar.Zone().String() != p.Zone.String() {
				continue
			}
			if a.State == flow.Accepted {
				accepted = true
			} else if newest == nil || a.Sent.Version > newest.Sent.Version {
				newest = &p.attempts[i]
			}
		}
		switch {
		case accepted:
			covered++
			continue
		case newest == nil:
			gap++
			fates[b] = "never asked"
		case newest.State == flow.Failed:
			failed++
			fates[b] = "failed: " + newest.Reason
		default:
			unavailable++
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
	// What is stored of each bucket, and when it was last asked.
	current := map[time.Time]flow.Attempt{}
	facts := map[time.Time]flow.Fact{}
	var last time.Time
	for _, a := range p.attempts {
		if a.State == flow.Accepted && a.Sent.At.After(last) {
			last = a.Sent.At
		}
		for _, f := range a.Extract.Facts {
			if c, ok := current[f.Bucket]; !ok || a.Sent.Version > c.Sent.Version {
				current[f.Bucket], facts[f.Bucket] = a, f
			}
		}
	}
	var first, newest time.Time
	for b, f := range facts {
		if !f.Reported || p.Series.Granularity == flow.Daily && current[b].Calendar.Zone().String() != p.Zone.String() {
			continue
		}
		if first.IsZero() || b.Before(first) {
			first = b
		}
		if b.After(newest) {
			newest = b
		}
		if !b.Before(p.Start) && b.Before(end) {
			reported++
		}
	}
	show := func(t time.Time, layout string) string {
		if t.IsZero() {
			return "none"
		}
		return t.UTC().Format(layout)
	}
	return fmt.Sprintf("configured=%v expected %s to %s: %d = covered %d + failed %d + unavailable %d + gap %d; reported %d, from %s to %s, asked %s",
		p.configured, p.Start.UTC().Format(minute), end.UTC().Format(minute), expected, covered, failed, unavailable, gap, reported,
		show(first, minute), show(newest, minute), show(last, "2006-01-02 15:04:05.000")), gaps
}

func (p past) String() string {
	return fmt.Sprintf("%s, zone %s, from %s, settle %v\n%s", p.Series, p.Zone, p.Start, p.Settle, recorded(p.attempts))
}

const coverageQuery = `SELECT concat(account, '/', granularity, '|configured=', toString(configured), ' expected ', formatDateTime(expected_from, '%Y-%m-%dT%H:%i', 'UTC'), ' to ', formatDateTime(expected_to, '%Y-%m-%dT%H:%i', 'UTC'),
    ': ', toString(expected_buckets), ' = covered ', toString(covered_buckets), ' + failed ', toString(failed_buckets), ' + unavailable ', toString(unavailable_buckets), ' + gap ', toString(gap_buckets),
    '; reported ', toString(reported_buckets), ', from ', ifNull(formatDateTime(first_reported, '%Y-%m-%dT%H:%i', 'UTC'), 'none'), ' to ', ifNull(formatDateTime(last_reported, '%Y-%m-%dT%H:%i', 'UTC'), 'none'),
    ', asked ', ifNull(toString(last_extracted_at), 'none')) FROM flow_coverage`

// serverNow is the clock that the views go by.
func serverNow(t *testing.T, db driver.Conn) time.Time {
	t.Helper()
	var now time.Time
	must(t, db.QueryRow(t.Context(), "SELECT now('UTC')").Scan(&now))
	return now.UTC()
}

// gapRow is a row of flow_gaps.
type gapRow struct {
	flow.Window
	reason string
}

func gapRows(t *testing.T, db driver.Conn) map[string][]gapRow {
	t.Helper()
	rows, err := db.Query(t.Context(), "SELECT account, granularity, gap_begin, gap_end, reason FROM flow_gaps ORDER BY account, granularity, gap_begin")
	must(t, err)
	defer func() { _ = rows.Close() }()
	out := map[string][]gapRow{}
	for rows.Next() {
		var account, g string
		var row gapRow
		must(t, rows.Scan(&account, &g, &row.Begin, &row.End, &row.reason))
		out[account+"/"+g] = append(out[account+"/"+g], row)
	}
	must(t, rows.Err())
	return out
}

// Coverage and gaps are those of a model that looks at every bucket, for many histories: accepted, failed and unavailable windows across each
// other, starts in the past and the future, series taken out, rows of other zones.
func TestCoverage(t *testing.T) {
	w, db := open(t)
	all := pasts(t, 160, serverNow(t, db))
	var attempts []flow.Attempt
	var before, after []flow.Setting
	for _, p := range all {
		attempts = append(attempts, p.attempts...)
		before = append(before, p.Setting)
		if p.configured {
			after = append(after, p.Setting)
		}
	}
	// A stranger's ledger: a series that was never configured is nobody's gap.
	attempts = append(attempts, answer(named("stranger", flow.Hourly, flow.Total), hours, at("2026-01-01"), 1<<40, at("2026-02-01"), true, 1, 2))
	must(t, w.Configure(t.Context(), before, at("2026-01-01")))
	must(t, w.Configure(t.Context(), after, at("2026-01-02")))
	must(t, w.Store(t.Context(), newRun(), attempts, make([][]flow.Held, len(attempts))))
	for {
		now := serverNow(t, db)
		coverage := table(t, db, coverageQuery)
		gaps := gapRows(t, db)
		if then := serverNow(t, db); moved(all, now, then) {
			continue // a bucket settled between the queries
		}
		got := map[string]string{}
		for _, line := range coverage {
			key, value, _ := strings.Cut(line, "|")
			if _, twice := got[key]; twice {
				t.Errorf("two rows for %s", key)
			}
			got[key] = value
		}
		wrong := 0
		for _, p := range all {
			key := p.Series.Account + "/" + string(p.Series.Granularity)
			wantCoverage, wantGaps := p.model(now)
			var merged []gapRow
			for _, g := range gaps[key] {
				if !p.calendar.Floor(g.Begin).Equal(g.Begin) || !p.calendar.Floor(g.End).Equal(g.End) || g.Empty() {
					t.Errorf("%s: the gap %s is off the buckets or empty", key, g.Window)
				}
				if n := len(merged); n > 0 && merged[n-1].End.Equal(g.Begin) && merged[n-1].reason == g.reason {
					merged[n-1].End = g.End
					continue
				}
				merged = append(merged, g)
			}
			var gotGaps []string
			for _, g := range merged {
				gotGaps = append(gotGaps, g.Window.String()+" "+g.reason)
			}
			diff := gocmp.Diff(append([]string{wantCoverage}, wantGaps...), append([]string{got[key]}, gotGaps...))
			if diff != "" {
				if wrong++; wrong <= 3 {
					t.Errorf("%swant -, got +:\n%s", p, diff)
				}
			}
			delete(got, key)
			delete(gaps, key)
		}
		if wrong > 3 {
			t.Errorf("and %d more of %d", wrong-3, len(all))
		}
		if len(got)+len(gaps) > 0 {
			t.Errorf("rows of nobody: %v %v", got, gaps)
		}
		return
	}
}

func moved(all []past, now, then time.Time) bool {
	for _, p := range all {
		if !p.calendar.SettledBefore(now, p.Settle).Equal(p.calendar.SettledBefore(then, p.Settle)) {
			return true
		}
	}
	return false
}
