package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/apisim"
	"github.com/mnaflow/mnaflow/internal/audit"
	"github.com/mnaflow/mnaflow/internal/flow"
)

// loadedDays is how many days a verification is tried on.
func loadedDays() int { return width(12, 90) }

// newLoaded is an installation that holds all 60 series for so many days, some of whose buckets were restated while it
// watched.
func newLoaded(t *testing.T, days int) *rig {
	t.Helper()
	r := newRig(t, start, unlimited(), fmt.Sprintf(
		"  start: %s\n  max_window: {hourly: 5d, daily: 30d}\n  refresh: {hourly: 1h, daily: 1h}",
		start.AddDate(0, 0, -days).Format(time.DateOnly)))
	r.must("migrate")
	r.must("run")
	begin := start.Add(-50 * time.Hour).Truncate(time.Hour)
	restate := func(region string, num, den uint64, at time.Duration) {
		if err := r.sim.Restate(apisim.Restatement{
			Region: region,
			Begin:  begin,
			End:    begin.Add(3 * time.Hour),
			Factor: &apisim.Ratio{Num: num, Den: den},
			At:     start.Add(at),
		}); err != nil {
			t.Fatal(err)
		}
	}
	restate("EU", 3, 2, time.Hour)
	restate("AM", 2, 1, time.Hour)
	r.advance(26 * time.Hour)
	r.must("run")
	restate("AM", 1, 2, 26*time.Hour) // as it was
	r.advance(2 * time.Hour)
	r.must("run")
	return r
}

// verify runs the command and returns what it prints.
func (r *rig) verify(args ...string) (audit.Report, int) {
	r.t.Helper()
	got := r.do(append([]string{"verify", "--output", "json"}, args...)...)
	var v audit.Report
	if err := json.Unmarshal([]byte(got.stdout), &v); err != nil {
		r.t.Fatalf("%v: %s", err, got)
	}
	return v, got.code
}

var dated = regexp.MustCompile(`date back what it dated: (.*); and load it anew: `)

// datingBack are the statements that a finding about rows of the future advises.
func datingBack(detail string) []string {
	found := dated.FindStringSubmatch(detail)
	if found == nil {
		return nil
	}
	return strings.Split(found[1], "; ")
}

func (r *rig) exec(statements ...string) {
	r.t.Helper()
	for _, s := range statements {
		if err := r.conn.Exec(r.t.Context(), s); err != nil {
			r.t.Fatalf("%s: %v", s, err)
		}
	}
}

// sayings are the findings in one line each.
func sayings(list []audit.Finding) []string {
	out := make([]string, len(list))
	for i, f := range list {
		series := flow.Series{
			Account: f.Account, Granularity: f.Granularity, Region: f.Region, Gateway: f.Gateway, Traffic: f.Traffic,
		}
		out[i] = strings.TrimSpace(fmt.Sprintf("%s of %s: %s: %v and %v: %s",
			f.Check, series, f.Compared, f.Left, f.Right, f.Detail))
	}
	return out
}

// What is skipped names what the configuration lacks of the very dimension that lacks it.
func TestWhatIsSkipped(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.edit("[total]", "[uplink, downlink, total]")
	r.must("migrate")
	r.must("run")
	r.edit("[ALL, MC]", "[MC, EU]")
	r.edit("[uplink, downlink, total]", "[uplink, downlink]")
	r.must("run")
	skipped := func() string {
		v, _ := r.verify("--from", "-2d")
		return strings.Join(sayings(v.Skipped), "\n")
	}
	said := skipped()
	mention(t, said,
		"directions of main/hourly/ALL/public/: uplink + downlink = total: <nil> and <nil>: "+
			"the configuration does not extract ALL",
		"directions of main/hourly/MC/public/: uplink + downlink = total: <nil> and <nil>: "+
			"the configuration does not extract total",
		"regions of main/daily//public/total: MC + AP + EU + AM = ALL: <nil> and <nil>: "+
			"the configuration does not extract total",
		"regions of main/daily//public/uplink: MC + AP + EU + AM = ALL: <nil> and <nil>: "+
			"the configuration does not extract AP, AM, ALL")
	if strings.Contains(said, "does not extract uplink") || strings.Contains(said, "does not extract MC") {
		t.Errorf("what is extracted is said to lack:\n%s", said)
	}
	r.edit("{name: main,", "{name: other,")
	r.must("run")
	mention(t, skipped(), "directions of main/hourly/MC/public/: uplink + downlink = total: <nil> and <nil>: "+
		"the configuration does not have the account")
}

// corruptible are the tables that corruptions touch. Each has a copy of the same name that begins with "good_".
func corruptible() []string { return []string{"facts", "history", "ledger", "series"} }

// populate gives an account what the copies hold, less what a damage removes, and does the rest of the damage.
func (r *rig) populate(account string, d damage) {
	r.t.Helper()
	for _, table := range corruptible() {
		r.exec(fmt.Sprintf(`
INSERT INTO %[1]s
SELECT * REPLACE ('%[2]s' AS account)
FROM good_%[1]s
WHERE NOT (%[3]s)`, table, account, cmp.Or(d.gone[table], "false")))
	}
	for _, statement := range d.then {
		for _, table := range corruptible() {
			own := fmt.Sprintf("FROM (SELECT * REPLACE ('%[2]s' AS account) FROM good_%[1]s)", table, account)
			statement = strings.ReplaceAll(statement, "FROM good_"+table, own)
		}
		r.exec(statement)
	}
}

// said are the findings of a verification that failed, by account, in one line each, as if each account were main.
func (r *rig) said(verifyID string) map[string][]string {
	r.t.Helper()
	rows, err := r.conn.Query(r.t.Context(), `
SELECT
    check_name, account, granularity, access_region, gateway_type, traffic_type, compared, detail,
    argMin(tuple(left_figure), (range_begin, range_end)).1,
    argMin(tuple(right_figure), (range_begin, range_end)).1
FROM data_checks
WHERE verify_id = ? AND state = 'failed'
GROUP BY check_name, account, granularity, access_region, gateway_type, traffic_type, compared, detail
ORDER BY ALL`, verifyID)
	if err != nil {
		r.t.Fatal(err)
	}
	out := map[string][]string{}
	for rows.Next() {
		var f audit.Finding
		var granularity, region, gateway, traffic string
		if err := rows.Scan(&f.Check, &f.Account, &granularity, &region, &gateway, &traffic,
			&f.Compared, &f.Detail, &f.Left, &f.Right); err != nil {
			r.t.Fatal(err)
		}
		f.Granularity, f.Region = flow.Granularity(granularity), flow.Region(region)
		f.Gateway, f.Traffic = flow.GatewayType(gateway), flow.TrafficType(traffic)
		account, one := f.Account, sayings([]audit.Finding{f})[0]
		if account != "" {
			one = strings.ReplaceAll(one, account, "main")
		}
		out[account] = append(out[account], one)
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	return out
}

// Every corruption is found and told apart, each in an account of its own, and none is blamed on an account beside it
// that is sound.
func TestVerifyFindsCorruptions(t *testing.T) {
	t.Parallel()
	const sound = "main" // the configuration asks for it
	r := newLoaded(t, loadedDays())
	r.keepGood()
	if v, code := r.verify(); code != 0 || len(v.Failed) > 0 {
		t.Fatalf("before any corruption: exit %d, %s", code, strings.Join(sayings(v.Failed), "\n"))
	}
	found := 0
	batched := sample(3, slices.DeleteFunc(corruptions(), func(c corruption) bool { return c.alone }))
	for batch := range slices.Chunk(batched, width(len(batched), 14)) {
		r.emptied()
		account := func(i int) string { return fmt.Sprintf("account-%02d", i) }
		r.populate(sound, damage{})
		for i, c := range batch {
			r.populate(account(i), c.damage)
		}
		v, code := r.verify()
		if code != 6 {
			t.Errorf("exit %d, want 6", code)
		}
		all := r.said(v.VerifyID)
		for i, c := range batch {
			said := all[account(i)]
			hit := slices.IndexFunc(said, regexp.MustCompile(c.want).MatchString)
			if hit < 0 {
				t.Errorf("%s: want %s; found\n%s", c.name, c.want, strings.Join(said, "\n"))
				continue
			}
			found++
			t.Logf("%-60s %4d findings, as %s", c.name, len(said), said[hit])
		}
		for _, innocent := range []string{sound, ""} {
			said := slices.DeleteFunc(all[innocent], func(s string) bool { // runs loaded main alone
				return strings.Contains(s, "runs that count other than their entries in the ledger")
			})
			if len(said) > 0 {
				t.Errorf("%q is not damaged; found\n%s", innocent, strings.Join(said, "\n"))
			}
		}
	}
	t.Logf("%d of %d corruptions found", found, len(batched))
}

// Where nothing has been loaded nothing disagrees, and yet the nightly verification must not pass: somebody may have
// dropped the database.
func TestVerifyBeforeTheFirstLoad(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), one)
	r.must("migrate")
	v, code := r.verify()
	if said := sayings(v.Failed); code != 6 || len(said) != 1 ||
		!strings.Contains(said[0], "nothing has been loaded yet: mnaflow run") {
		t.Errorf("exit %d, %q; want %d and to be told that nothing is loaded", code, said, 6)
	}
	r.must("run")
	if v, code := r.verify(); code != 0 {
		t.Errorf("after a run: exit %d, %q", code, sayings(v.Failed))
	}
}

// A load that began after another one had ended cannot have raced it, however soon it began. So what is damaged then is
// found and not excused: verify itself advises to load again.
func TestVerifyAfterTwoLoadsInARow(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), one)
	r.must("migrate")
	r.must("run")
	r.advance(time.Minute)
	r.must("backfill", "--from", "2026-11-15", "--force")
	r.advance(time.Minute)
	if v, code := r.verify(); code != 0 {
		t.Fatalf("before any damage: exit %d, %q", code, sayings(v.Failed))
	}
	const hour = "granularity = 'hourly' AND bucket = (SELECT max(bucket) FROM facts WHERE granularity = 'hourly')"
	for _, damage := range []string{
		"ALTER TABLE history UPDATE bytes = bytes + 1 WHERE " + hour,
		"ALTER TABLE facts UPDATE bytes = bytes + 1 WHERE " + hour, // both agree now
	} {
		r.exec(damage + " SETTINGS mutations_sync = 2")
		if v, code := r.verify(); code != 6 {
			t.Errorf("after %s: exit %d, %q", damage, code, sayings(v.Failed))
		}
	}
}

// A load cannot reach a series that the configuration at hand does not extract, so the advice says what to add.
func TestVerifyAdvisesForWhatIsNotConfigured(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), "  start: 2026-11-15\n  regions: [MC, AP]\n  gateway_types: [public]\n"+
		"  granularities: [hourly]")
	r.must("migrate")
	r.must("run")
	r.exec("ALTER TABLE facts UPDATE bytes = bytes + 1 WHERE access_region = 'AP' SETTINGS mutations_sync = 2")
	r.edit("regions: [MC, AP]", "regions: [MC]")
	v, code := r.verify()
	if code != 6 || !matched(sayings(v.Failed), `mnaflow backfill .* --force \(first add AP to extract\.regions\)`) {
		t.Errorf("exit %d, %q", code, sayings(v.Failed))
	}
	r.edit("regions: [MC]", "regions: [MC, AP]")
	v, _ = r.verify()
	r.heal("a region added again", v.Failed)
}
