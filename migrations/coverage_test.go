package migrations_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/loadtest"
)

const coverageQuery = `SELECT concat(account, '/', granularity, '|configured=', toString(configured),
    ' expected ', formatDateTime(expected_from, '%Y-%m-%dT%H:%i', 'UTC'),
    ' to ', formatDateTime(expected_to, '%Y-%m-%dT%H:%i', 'UTC'),
    ': ', toString(expected_buckets), ' = covered ', toString(covered_buckets), ' + failed ', toString(failed_buckets),
    ' + unavailable ', toString(unavailable_buckets), ' + gap ', toString(gap_buckets),
    '; reported ', toString(reported_buckets),
    ', from ', ifNull(formatDateTime(first_reported, '%Y-%m-%dT%H:%i', 'UTC'), 'none'),
    ' to ', ifNull(formatDateTime(last_reported, '%Y-%m-%dT%H:%i', 'UTC'), 'none'),
    ', asked ', ifNull(toString(last_extracted_at), 'none'))
FROM flow_coverage`

// gapRow is a row of flow_gaps.
type gapRow struct {
	flow.Window
	reason string
}

func gapRows(t *testing.T, db driver.Conn) map[string][]gapRow {
	t.Helper()
	rows, err := db.Query(t.Context(), `SELECT account, granularity, gap_begin, gap_end, reason
FROM flow_gaps ORDER BY account, granularity, gap_begin`)
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

// Coverage and gaps are those of a model that looks at every bucket, for many histories: accepted, failed and
// unavailable windows across each other, starts in the past and the future, series taken out, rows of other zones.
func TestCoverage(t *testing.T) {
	w, db := open(t)
	all := pasts(t, 160, loadtest.Now(t, db))
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
	stranger := named("stranger", flow.Hourly, flow.Total)
	attempts = append(attempts, answer(stranger, hours, at("2026-01-01"), 1<<40, at("2026-02-01"), true, 1, 2))
	must(t, w.Configure(t.Context(), before, at("2026-01-01")))
	must(t, w.Configure(t.Context(), after, at("2026-01-02")))
	write(t, w, newRun(), attempts...)
	now, coverage, gaps := covered(t, db, all)
	wrong := 0
	for _, p := range all {
		key := p.Series.Account + "/" + string(p.Series.Granularity)
		want, wantGaps := p.model(now)
		var got []string
		for _, g := range gaps[key] {
			if !p.calendar.Floor(g.Begin).Equal(g.Begin) || !p.calendar.Floor(g.End).Equal(g.End) || g.Empty() {
				t.Errorf("%s: the gap %s is off the buckets or empty", key, g.Window)
			}
		}
		for _, g := range joined(gaps[key]) {
			got = append(got, g.Window.String()+" "+g.reason)
		}
		diff := cmp.Diff(append([]string{want}, wantGaps...), append([]string{coverage[key]}, got...))
		if diff != "" {
			if wrong++; wrong <= 3 {
				t.Errorf("%swant -, got +:\n%s", p, diff)
			}
		}
		delete(coverage, key)
		delete(gaps, key)
	}
	if wrong > 3 {
		t.Errorf("and %d more of %d", wrong-3, len(all))
	}
	if len(coverage)+len(gaps) > 0 {
		t.Errorf("rows of nobody: %v %v", coverage, gaps)
	}
}

// covered reads both views, of every series, at one moment: it reads again where a bucket settled in between.
func covered(t *testing.T, db driver.Conn, all []past) (time.Time, map[string]string, map[string][]gapRow) {
	t.Helper()
	for {
		now := loadtest.Now(t, db)
		coverage, gaps := map[string]string{}, gapRows(t, db)
		for _, line := range table(t, db, coverageQuery) {
			key, value, _ := strings.Cut(line, "|")
			if _, twice := coverage[key]; twice {
				t.Errorf("two rows for %s", key)
			}
			coverage[key] = value
		}
		if !moved(all, now, loadtest.Now(t, db)) {
			return now, coverage, gaps
		}
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

// joined are gaps, neighbours with the same reason as one.
func joined(gaps []gapRow) []gapRow {
	var out []gapRow
	for _, g := range gaps {
		if n := len(out); n > 0 && out[n-1].End.Equal(g.Begin) && out[n-1].reason == g.reason {
			out[n-1].End = g.End
			continue
		}
		out = append(out, g)
	}
	return out
}
