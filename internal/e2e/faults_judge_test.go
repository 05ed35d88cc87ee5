package e2e

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/exit"
)

// judge holds what the run did against the row, and says what it was.
func (tr *trial) judge(got result, retries int) string {
	tr.t.Helper()
	f, moment := tr.fault, tr.moments[len(tr.moments)-1]
	requests := tr.requests()
	wrong := got.code != f.exit
	count := func(what string, n int, want span) {
		tr.t.Helper()
		if !want.holds(n) {
			tr.t.Errorf("%d %s, want %d to %d", n, what, want.least, want.most)
			wrong = true
		}
	}
	count("requests", requests, f.requests)
	count("retries", retries, f.retries)
	states, class, failed := map[string]int{}, "", 0
	rows, err := tr.conn.Query(tr.t.Context(),
		"SELECT state, error_class, count() FROM extractions WHERE account = 'main' AND sent_at >= ? GROUP BY ALL "+
			"ORDER BY ALL", moment)
	if err != nil {
		tr.t.Fatal(err)
	}
	for rows.Next() {
		var state, why string
		var n uint64
		if err := rows.Scan(&state, &why, &n); err != nil {
			tr.t.Fatal(err)
		}
		states[state] += int(n)
		if state == "failed" {
			class, failed = class+why, failed+int(n)
		}
	}
	if err := rows.Err(); err != nil {
		tr.t.Fatal(err)
	}
	count("windows failed", failed, f.failed)
	if class != f.class {
		tr.t.Errorf("the ledger says %q, want %q", class, f.class)
		wrong = true
	}
	for _, s := range f.says {
		wrong = wrong || !strings.Contains(got.stderr, s)
	}
	if wrong {
		tr.t.Errorf("want exit %d and the words %q: %s", f.exit, f.says, got)
	}
	for _, account := range tr.also { // it goes on, whatever becomes of main
		const windows = "SELECT uniqExact(window_begin) FROM extractions WHERE account = ? AND state != 'unavailable'"
		if n := tr.scalar(windows, account); n != faultWindows {
			tr.t.Errorf("of %d windows of the account %s %d were asked for", faultWindows, account, n)
		}
	}
	if strings.Contains(got.String(), apisim.DefaultSecret) {
		tr.t.Error("the secret key is in the output")
	}
	// A request that was cut off may not have arrived; a run that the warehouse ended has no total.
	if sent, received := tr.told()+tr.others, uint64(tr.sim.Stats().Received); sent < received &&
		got.code != exit.Warehouse {
		tr.t.Errorf("the run says that it sent %d requests, the simulator received %d", sent, received)
	}
	if whole := got.code == 0 || got.code == 3 && !strings.Contains(got.stderr, "windows in a row failed"); whole {
		if planned, told := tr.ofRun("windows"), tr.ofRun("accepted + failed + unavailable"); planned != told {
			tr.t.Errorf("the run says that it planned %d windows, and what became of %d", planned, told)
		}
	}
	if f.check != nil {
		f.check(tr)
	}
	return fmt.Sprintf("%-9s %3d requests %2d retries %-36s", class, requests, retries, stated(states))
}

// told is how many requests the last run says that it has sent.
func (r *rig) told() uint64 { r.t.Helper(); return r.ofRun("requests") }

// ofRun is what the last run says of itself, 0 where there was none.
func (r *rig) ofRun(columns string) uint64 {
	r.t.Helper()
	return r.scalar("SELECT sum(n) FROM (SELECT " + columns + " AS n FROM runs ORDER BY started_at DESC LIMIT 1)")
}

// requests are those of the account main.
func (tr *trial) requests() (n int) {
	received := tr.sim.Stats().Received
	if received == 0 {
		return 0
	}
	for _, r := range tr.sim.Requests(received) {
		if r.SecretID != otherID {
			n++
		}
	}
	return n
}

func stated(states map[string]int) string {
	var out []string
	for _, s := range []string{"accepted", "failed", "unavailable"} {
		if states[s] > 0 {
			out = append(out, fmt.Sprint(s, " ", states[s]))
		}
	}
	return strings.Join(out, ", ")
}

// judgeViews holds the views against the truth and the ledger, and flow_revisions against what the views showed before.
func (tr *trial) judgeViews(when string, before map[cell]*value, lacks int) comparison {
	tr.t.Helper()
	c := tr.compare([]apisim.Query{{
		Granularity: "hourly", Region: "MC", Gateway: "public", Traffic: "total", Begin: faultBegin,
		End: tr.clock().Add(-tr.settleAt["hourly"]).Truncate(time.Hour),
	}}, tr.moments...)
	covered := tr.covered()
	lacking := 0
	for _, k := range c.absent {
		if covered(k) {
			lacking++
		}
	}
	if lacking != lacks || c.doubled+c.wrong+c.extra > 0 {
		tr.t.Errorf("%s: %s; %d of what accepted answers cover are missing, want %d", when, c, lacking, lacks)
	}
	tr.judgeRevisions(when, before, c.held)
	moment := tr.moments[len(tr.moments)-1]
	if shown, counted := tr.scalar("SELECT count() FROM flow_revisions WHERE observed_at >= ?", moment),
		tr.scalar("SELECT sum(revised) FROM extractions WHERE sent_at >= ?", moment); shown != counted {
		tr.t.Errorf("%s: %d revisions, the ledger counts %d", when, shown, counted)
	}
	// A bucket is final five days after its day in Shanghai, and nothing, no clock either, makes it so before.
	const final = "toDateTime(day, 'UTC') + INTERVAL 136 HOUR <= extracted_at"
	if n := tr.scalar("SELECT countIf(is_final != (" + final + ")) FROM flow_hourly"); n != 0 {
		tr.t.Errorf("%s: %d rows are wrongly final or not", when, n)
	}
	return c
}

// covered tells whether an accepted answer covers a bucket.
func (tr *trial) covered() func(cell) bool {
	tr.t.Helper()
	type window struct{ begin, end int64 }
	windows := map[string][]window{}
	rows, err := tr.conn.Query(tr.t.Context(),
		"SELECT account, toInt64(toUnixTimestamp(window_begin)), toInt64(toUnixTimestamp(window_end)) "+
			"FROM extractions WHERE state = 'accepted'")
	if err != nil {
		tr.t.Fatal(err)
	}
	for rows.Next() {
		var account string
		var w window
		if err := rows.Scan(&account, &w.begin, &w.end); err != nil {
			tr.t.Fatal(err)
		}
		windows[account] = append(windows[account], w)
	}
	if err := rows.Err(); err != nil {
		tr.t.Fatal(err)
	}
	return func(k cell) bool {
		for _, w := range windows[k.account] {
			if w.begin <= k.bucket && k.bucket < w.end {
				return true
			}
		}
		return false
	}
}

// judgeRevisions holds what flow_revisions says of the last moment against what changed in the view: each change is
// there once.
func (tr *trial) judgeRevisions(when string, before, after map[cell]*value) {
	tr.t.Helper()
	want := map[cell]string{}
	for k, v := range after {
		if old, ok := before[k]; ok && old.bytes != v.bytes {
			want[k] = fmt.Sprint(old.bytes, " to ", v.bytes)
		}
	}
	got := map[cell]string{}
	rows, err := tr.conn.Query(tr.t.Context(),
		`SELECT account, granularity, access_region, gateway_type, traffic_type, toInt64(toUnixTimestamp(bucket)),
		concat(ifNull(toString(old_bytes), 'nothing'), ' to ', ifNull(toString(new_bytes), 'nothing')), isNull(old_bytes)
		FROM flow_revisions WHERE observed_at >= ?`, tr.moments[len(tr.moments)-1])
	if err != nil {
		tr.t.Fatal(err)
	}
	for rows.Next() {
		var k cell
		var change string
		var appeared bool
		err := rows.Scan(&k.account, &k.granularity, &k.region, &k.gateway, &k.traffic, &k.bucket, &change, &appeared)
		if err != nil {
			tr.t.Fatal(err)
		}
		if appeared && before[k] == nil {
			continue // covered without a value until now
		}
		if got[k] != "" {
			change += ", and before " + got[k]
		}
		got[k] = change
	}
	if err := rows.Err(); err != nil {
		tr.t.Fatal(err)
	}
	for k := range before {
		if _, there := want[k]; !there && strings.HasSuffix(got[k], "to nothing") {
			want[k] = got[k] // gone, which compare judges
		}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(cell{})); diff != "" {
		tr.t.Errorf("%s: revisions (-of the view +flow_revisions):\n%s", when, diff)
	}
}
