package load_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

func TestUsage(t *testing.T) {
	w, db := open(t)
	kolkata := zone(t, "Asia/Kolkata")
	hourly, daily := flow.NewCalendar(flow.Hourly, kolkata), flow.NewCalendar(flow.Daily, kolkata)
	// 18:00 UTC is 23:30 in Kolkata, and 19:00 the next day.
	begin, day := at("2026-01-01T18:00"), daily.DateStart(at("2026-01-01"))
	var version uint64
	var settings []flow.Setting
	var batch []flow.Attempt
	add := func(r flow.Region, gw flow.GatewayType, tr flow.TrafficType, final bool, values ...int64) {
		for _, c := range []flow.Calendar{hourly, daily} {
			s := flow.Series{Account: "main", Granularity: c.Granularity(), Region: r, Gateway: gw, Traffic: tr}
			from := begin
			if c.Granularity() == flow.Daily {
				from = day
			}
			version++
			batch = append(batch, answer(s, c, from, version, at("2026-02-01"), final, values...))
			settings = append(settings, setting(s, day, kolkata, 0))
		}
	}
	add(flow.AllRegions, flow.Public, flow.Uplink, true, 1000, 1000) // never in usage
	add(flow.Europe, flow.Public, flow.Uplink, true, 1, 10, 100)
	add(flow.Europe, flow.Public, flow.Downlink, true, 2, 20, absent)
	add(flow.Europe, flow.Public, flow.Total, false, 2, absent, 101) // as the API sums them, though the parts say 3 and 100; and not yet final
	add(flow.Europe, flow.Private, flow.Uplink, true, 5, absent, absent)
	add(flow.America, flow.Public, flow.Total, true, 7, 0, absent) // only the total is extracted
	must(t, w.Configure(t.Context(), settings, at("2026-02-01")))
	write(t, w, newRun(), batch...)
	const columns = "concat(access_region, ' ', gateway_type, ' ', %s, toString(day), ' ', toString(uplink_bytes), ' + ', toString(downlink_bytes), ' = ', toString(total_bytes), if(is_final, ' final', ''))"
	want := []string{
		"AM public 18:00 2026-01-01 0 + 0 = 7 final",
		"AM public 19:00 2026-01-02 0 + 0 = 0 final",
		"EU private 18:00 2026-01-01 5 + 0 = 5 final",
		"EU public 18:00 2026-01-01 1 + 2 = 2",
		"EU public 19:00 2026-01-02 10 + 20 = 30 final",
		"EU public 20:00 2026-01-02 100 + 0 = 101",
	}
	got := table(t, db, "SELECT "+fmt.Sprintf(columns, "formatDateTime(hour, '%H:%i ', 'UTC')")+" FROM usage_hourly ORDER BY access_region, gateway_type, hour")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("usage_hourly: %s", diff)
	}
	for i := range want {
		want[i] = regexp.MustCompile(`(\d\d):00 \S+`).ReplaceAllStringFunc(want[i], func(s string) string {
			hour, _ := strconv.Atoi(s[:2])
			return fmt.Sprintf("2026-01-%02d", hour-17)
		})
	}
	got = table(t, db, "SELECT "+fmt.Sprintf(columns, "''")+" FROM usage_daily ORDER BY access_region, gateway_type, day")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("usage_daily: %s", diff)
	}
	// A restatement moves the sums, and a retraction leaves the row out.
	e := flow.Series{Account: "main", Granularity: flow.Hourly, Region: flow.Europe, Gateway: flow.Private, Traffic: flow.Uplink}
	write(t, w, newRun(), answer(e, hourly, begin, 1000, at("2026-02-02"), true, absent, 6))
	got = table(t, db, "SELECT concat(formatDateTime(hour, '%H:%i', 'UTC'), ' ', toString(total_bytes)) FROM usage_hourly WHERE gateway_type = 'private'")
	if diff := cmp.Diff([]string{"19:00 6"}, got); diff != "" {
		t.Errorf("after a restatement: %s", diff)
	}
}

// A reader who names the account and the hours pays for these alone: the conditions reach the primary key through the views.
func TestPredicatesReachThePrimaryKey(t *testing.T) {
	_, db := open(t)
	execute(t, db, `INSERT INTO facts SELECT concat('account ', toString(number % 20)), 'hourly', ['ALL', 'MC', 'AP', 'EU', 'AM'][1 + intDiv(number, 20) % 5], 'public',
    'total', toDateTime('2024-12-20 00:00:00', 'UTC') + 3600 * intDiv(number, 100), toDate('2024-12-20') + intDiv(number, 2400), 'UTC', number, true, true, now64(3), generateUUIDv4(), '', 1
FROM numbers(200000)`, "OPTIMIZE TABLE facts FINAL")
	var all uint64
	must(t, db.QueryRow(t.Context(), "SELECT sum(marks) FROM system.parts WHERE database = currentDatabase() AND table = 'facts' AND active").Scan(&all))
	for _, tt := range []struct{ view, where string }{
		{"flow_hourly", "account = 'account 7' AND hour >= '2025-01-10 00:00:00' AND hour < '2025-01-11 00:00:00'"},
		{"usage_hourly", "account = 'account 7' AND hour >= '2025-01-10 00:00:00' AND hour < '2025-01-11 00:00:00'"},
		{"usage_hourly", "account = 'account 7' AND access_region = 'EU' AND hour >= '2025-01-10 00:00:00'"},
		{"usage_hourly_filled", "account = 'account 7' AND hour >= '2025-01-10 00:00:00' AND hour < '2025-01-11 00:00:00'"},
		{"flow_revisions", "account = 'account 7' AND granularity = 'hourly'"},
	} {
		t.Run(tt.view+" "+tt.where, func(t *testing.T) {
			plan := strings.Join(table(t, db, "EXPLAIN indexes = 1 SELECT * FROM "+tt.view+" WHERE "+tt.where), "\n")
			_, facts, ok := strings.Cut(plan, ".facts)")
			if !ok {
				t.Fatalf("no reading of facts in\n%s", plan)
			}
			granules := regexp.MustCompile(`PrimaryKey[\s\S]*?Granules: (\d+)/(\d+)`).FindStringSubmatch(facts)
			if granules == nil {
				t.Fatalf("the primary key is not used:\n%s", plan)
			}
			read, _ := strconv.Atoi(granules[1])
			if read == 0 || read*5 > int(all) {
				t.Errorf("%d granules of %d are read, want less than a fifth:\n%s", read, all, plan)
			}
			if strings.Contains(tt.where, "hour >=") && !regexp.MustCompile(`(Partition|Min-?Max)[\s\S]*?Parts: 1/2`).MatchString(facts) {
				t.Errorf("both years are read:\n%s", plan)
			}
		})
	}
}

func TestConfigure(t *testing.T) {
	w, db := open(t)
	count := func(name string) string { return table(t, db, "SELECT toString(count()) FROM "+name)[0] }
	stored := func() map[string]string {
		return map[string]string{"series": count("series"), "days": count("days")}
	}
	berlin, lima := zone(t, "Europe/Berlin"), zone(t, "America/Lima")
	a, b := named("a", flow.Hourly, flow.Total), named("b", flow.Daily, flow.Total)
	start := flow.NewCalendar(flow.Daily, berlin).DateStart(at("2026-03-01"))
	now := at("2026-05-10T12:00")
	both := []flow.Setting{setting(a, start, berlin, time.Hour), setting(b, start, berlin, 2*time.Hour)}
	defer func() { // the days begin before the earliest start of a zone, whichever series has it
		early := start.AddDate(-2, 0, 0)
		must(t, w.Configure(t.Context(), []flow.Setting{both[0], setting(b, early, berlin, time.Hour), both[0]}, now))
		if got := table(t, db, "SELECT toString(min(day)) FROM days FINAL WHERE time_zone = 'Europe/Berlin'")[0]; got > "2024-03-01" {
			t.Errorf("the days begin on %s, want them from before %s", got, early)
		}
	}()
	must(t, w.Configure(t.Context(), both, now))
	first := stored()
	if first["series"] != "2" {
		t.Errorf("%s rows of series, want 2", first["series"])
	}

	// The days are those of the zone: without a hole, from before the start to two years ahead, the clock's changes included.
	c := flow.NewCalendar(flow.Daily, berlin)
	var want []string
	for d := range c.Buckets(flow.Window{Begin: start, End: at("2028-05-01")}) {
		want = append(want, fmt.Sprintf("%s %d %d", c.Day(d).Format(time.DateOnly), d.Unix(), c.Next(d).Unix()))
	}
	got := table(t, db, `SELECT concat(toString(day), ' ', toString(toUnixTimestamp(day_begin)), ' ', toString(toUnixTimestamp(day_end))) FROM days FINAL
WHERE time_zone = 'Europe/Berlin' AND day_begin >= ? AND day_begin < '2028-05-01 00:00:00' ORDER BY day`, start)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("days: %s", diff)
	}
	if !slices.Contains(got, fmt.Sprintf("2026-03-29 %d %d", at("2026-03-28T23:00").Unix(), at("2026-03-29T22:00").Unix())) {
		t.Error("the day of 23 hours is not among them")
	}

	// Again, and on later days: nothing is written for a day or two, then a month at once.
	for _, later := range []time.Duration{0, time.Minute, 24 * time.Hour, 20 * 24 * time.Hour} {
		must(t, w.Configure(t.Context(), both, now.Add(later)))
		if diff := cmp.Diff(first, stored()); diff != "" {
			t.Errorf("%v later something was written: %s", later, diff)
		}
	}
	must(t, w.Configure(t.Context(), both, now.AddDate(0, 0, 400)))
	if got := table(t, db, "SELECT toString(max(day)) FROM days FINAL")[0]; got < "2029-06-01" {
		t.Errorf("400 days later the days reach to %s, want two years more", got)
	}

	state := func() []string {
		return table(t, db, "SELECT concat(account, ' ', toString(configured), ' ', formatDateTime(expected_from, '%Y-%m-%dT%H:%i', 'UTC'), ' ', time_zone, ' ', toString(settle_seconds), ' ', toString(refresh_seconds), ' ', toString(finality_seconds)) FROM series FINAL ORDER BY account")
	}
	later := now.AddDate(0, 0, 401)
	steps := []struct {
		name     string
		settings []flow.Setting
		want     []string
		rows     int // of series, written
	}{
		{"taken out", both[:1], []string{"a true 2026-02-28T23:00 Europe/Berlin 3600 1800 432000", "b false 2026-02-28T23:00 Europe/Berlin 7200 1800 432000"}, 1},
		{"still out", both[:1], []string{"a true 2026-02-28T23:00 Europe/Berlin 3600 1800 432000", "b false 2026-02-28T23:00 Europe/Berlin 7200 1800 432000"}, 0},
		{"back", both, []string{"a true 2026-02-28T23:00 Europe/Berlin 3600 1800 432000", "b true 2026-02-28T23:00 Europe/Berlin 7200 1800 432000"}, 1},
		{"another settle", []flow.Setting{setting(a, start, berlin, 30*time.Minute), both[1]}, []string{"a true 2026-02-28T23:00 Europe/Berlin 1800 1800 432000", "b true 2026-02-28T23:00 Europe/Berlin 7200 1800 432000"}, 1},
		{"an earlier start", []flow.Setting{setting(a, start.AddDate(-1, 0, 0), berlin, 30*time.Minute), both[1]}, []string{"a true 2025-02-28T23:00 Europe/Berlin 1800 1800 432000", "b true 2026-02-28T23:00 Europe/Berlin 7200 1800 432000"}, 1},
		{"another zone", []flow.Setting{setting(a, start.AddDate(-1, 0, 0), berlin, 30*time.Minute), setting(b, start.Add(6*time.Hour), lima, 2*time.Hour)}, []string{"a true 2025-02-28T23:00 Europe/Berlin 1800 1800 432000", "b true 2026-03-01T05:00 America/Lima 7200 1800 432000"}, 1},
		{"nothing at all", nil, []string{"a false 2025-02-28T23:00 Europe/Berlin 1800 1800 432000", "b false 2026-03-01T05:00 America/Lima 7200 1800 432000"}, 2},
	}
	for i, tt := range steps {
		execute(t, db, "OPTIMIZE TABLE series FINAL")
		rows, _ := strconv.Atoi(count("series"))
		must(t, w.Configure(t.Context(), tt.settings, later.Add(time.Duration(i)*time.Second)))
		if diff := cmp.Diff(tt.want, state()); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
		if got, _ := strconv.Atoi(count("series")); got != rows+tt.rows {
			t.Errorf("%s: %d rows were written, want %d", tt.name, got-rows, tt.rows)
		}
	}
	if got := table(t, db, "SELECT toString(min(day)) FROM days FINAL WHERE time_zone = 'Europe/Berlin'")[0]; got > "2025-03-01" {
		t.Errorf("after an earlier start the days begin on %s", got)
	}
	if got := table(t, db, "SELECT toString(count()) FROM days FINAL WHERE time_zone = 'America/Lima'")[0]; len(got) < 3 {
		t.Errorf("%s days of the new zone", got)
	}
}

// What the configuration asks for now counts, also where the clock of the load before was a year ahead.
func TestConfigureAfterAClockThatWasAhead(t *testing.T) {
	w, db := open(t)
	now, start := at("2026-05-10T12:00"), at("2026-03-01")
	a, b := named("a", flow.Hourly, flow.Total), named("a", flow.Daily, flow.Total)
	must(t, w.Configure(t.Context(), []flow.Setting{setting(a, start, time.UTC, time.Hour), setting(b, start, time.UTC, time.Hour)}, now.AddDate(1, 0, 0)))
	execute(t, db, "INSERT INTO days VALUES ('UTC', '2026-04-01', '2026-04-01 01:00:00', '2026-04-02 00:00:00', '2027-05-11 00:00:00')")
	for _, name := range []string{"Asia/Tokyo", "Asia/Shanghai", "UTC"} {
		z := zone(t, name)
		now = now.Add(time.Minute)
		must(t, w.Configure(t.Context(), []flow.Setting{setting(b, flow.NewCalendar(flow.Daily, z).DateStart(start), z, time.Hour)}, now))
		for _, from := range []string{"series FINAL", "series"} {
			if got := table(t, db, "SELECT concat(argMax(time_zone, written_at), ' ', toString(argMaxIf(configured, written_at, granularity = 'hourly'))) FROM "+from); got[0] != name+" false" {
				t.Errorf("%s says %s, want the zone %s, and that hours are not configured", from, got[0], name)
			}
		}
	}
	if got := table(t, db, "SELECT toString(day_begin) FROM days FINAL WHERE time_zone = 'UTC' AND day = '2026-04-01'"); !slices.Equal(got, []string{"2026-04-01 00:00:00"}) {
		t.Errorf("the day begins at %s", got)
	}
	before := table(t, db, "SELECT toString(count()) FROM series")
	must(t, w.Configure(t.Context(), []flow.Setting{setting(b, start, time.UTC, time.Hour)}, now.Add(time.Minute)))
	if diff := cmp.Diff(before, table(t, db, "SELECT toString(count()) FROM series")); diff != "" {
		t.Errorf("the same again is written: %s", diff)
	}
}

// A zone's rules may change after its days were written: the rows that differ are written anew.
func TestConfigureDaysAnew(t *testing.T) {
	w, db := open(t)
	settings := []flow.Setting{setting(named("a", flow.Daily, flow.Total), at("2026-03-01"), time.UTC, time.Hour)}
	now := at("2026-05-10")
	must(t, w.Configure(t.Context(), settings, now))
	execute(t, db, "INSERT INTO days VALUES ('UTC', '2026-04-01', '2026-04-01 01:00:00', '2026-04-02 00:00:00', '2026-05-10 00:00:01')")
	must(t, w.Configure(t.Context(), settings, now.Add(time.Minute)))
	got := table(t, db, "SELECT concat(toString(day_begin), ' ', toString(day_end)) FROM days FINAL WHERE day = '2026-04-01'")
	if diff := cmp.Diff([]string{"2026-04-01 00:00:00 2026-04-02 00:00:00"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestClock(t *testing.T) {
	w, db := open(t)
	before := serverNow(t, db)
	got, err := w.Clock(t.Context())
	must(t, err)
	if d := time.UnixMicro(int64(got)).Sub(before); d < 0 || d > time.Minute {
		t.Errorf("%s, want the server's time in microseconds, %s", time.UnixMicro(int64(got)), before)
	}
	ahead := uint64(before.AddDate(1, 0, 0).UnixMicro())
	write(t, w, newRun(), answer(named("a", flow.Hourly, flow.Total), hours, at("2026-01-01"), ahead, at("2026-02-01"), true, 1))
	if got, err := w.Clock(t.Context()); got != ahead || err != nil {
		t.Errorf("%d, %v; want the highest version in the ledger, %d", got, err, ahead)
	}
}

func TestRecord(t *testing.T) {
	w, db := open(t)
	run := flow.Run{ID: runID(1), Command: "run", Program: "v1", State: "running", Started: at("2026-01-01T10:00")}
	must(t, w.Record(t.Context(), run, at("2026-01-01T10:00")))
	const query = "SELECT concat(command, ' ', program, ' ', state, ' ', toString(exit_code), ' ', reason, ' ', toString(started_at), ' ', ifNull(toString(finished_at), 'null'), ' ', " +
		"arrayStringConcat(arrayMap(n -> toString(n), [windows, accepted, failed, unavailable, requests, refused, retries, rows, reported, revised, retracted]), ' ')) FROM runs"
	if diff := cmp.Diff([]string{"run v1 running 0  2026-01-01 10:00:00.000 null 0 0 0 0 0 0 0 0 0 0 0"}, table(t, db, query)); diff != "" {
		t.Error(diff)
	}
	run.State, run.ExitCode, run.Reason, run.Finished = "partial", 3, "why", at("2026-01-01T10:01")
	run.Counts = flow.Counts{Windows: 1, Accepted: 2, Failed: 3, Unavailable: 4, Requests: 5, Throttled: 6, Retries: 7, Rows: 8, Reported: 9, Revised: 10, Retracted: 11}
	must(t, w.Record(t.Context(), run, at("2026-01-01T10:01")))
	must(t, w.Record(t.Context(), run, at("2026-01-01T10:01")))
	if diff := cmp.Diff([]string{"run v1 partial 3 why 2026-01-01 10:00:00.000 2026-01-01 10:01:00.000 1 2 3 4 5 6 7 8 9 10 11"}, table(t, db, query)); diff != "" {
		t.Error(diff)
	}
}

// Every figure of an attempt stands in its own column of the ledger.
func TestLedgerRow(t *testing.T) {
	w, db := open(t)
	a := answer(named("main", flow.Daily, flow.Uplink), flow.NewCalendar(flow.Daily, zone(t, "Europe/Berlin")), at("2026-01-31T23:00"), 77, at("2026-03-01T10:00:00.123Z"), true, 5, absent, 7)
	highest, mean, sum := 7.0, 6.0, 12.0
	a.Requests, a.Throttled, a.Reason, a.Answered = 4, 1, "doubtful", at("2026-03-01T10:00:00.456Z")
	a.Extract.Points, a.Extract.Max, a.Extract.Avg, a.Extract.Total = 9, &highest, &mean, &sum
	a.Extract.Dropped, a.Extract.Rounded, a.Extract.Floored = 21, 22, 23
	f := flow.Attempt{
		Series: a.Series, Calendar: a.Calendar, Window: a.Window, State: flow.Failed, Class: flow.Suspect, Reason: "why", Failures: 70000, Requests: 6,
		RequestID: "req-f", Sent: flow.Stamp{At: at("2026-03-02"), Version: 78}, Answered: at("2026-03-02T00:00:01Z"),
	}
	stored := write(t, w, runID(5), a, f)
	stored = append(stored, write(t, w, runID(6), answer(a.Series, a.Calendar, a.Window.Begin, 79, at("2026-03-03"), true, absent, absent, 8))...)
	got := table(t, db, `SELECT concat(toString(run_id), ' ', account, ' ', granularity, ' ', access_region, ' ', gateway_type, ' ', traffic_type, ' ', toString(window_begin), ' ', toString(window_end), ' ', time_zone, ' ',
    state, ' ', error_class, ' ', reason, ' ', toString(failures), ' ', request_id, ' ', toString(attempts), ' ', toString(sent_at), ' ', toString(answered_at), ' ', toString(buckets), ' ', toString(points), ' ',
    toString(reported), ' ', toString(dropped), ' ', toString(rounded), ' ', toString(floored), ' ', toString(revised), ' ', toString(retracted), ' ',
    ifNull(toString(api_max), 'null'), ' ', ifNull(toString(api_avg), 'null'), ' ', ifNull(toString(api_total), 'null'))
FROM extractions ORDER BY sent_at`)
	const begin = "main daily EU public uplink 2026-01-31 23:00:00 2026-02-03 23:00:00 Europe/Berlin "
	want := []string{
		runID(5) + " " + begin + "accepted  doubtful 0 req-77 4 2026-03-01 10:00:00.123 2026-03-01 10:00:00.456 3 9 2 21 22 23 0 0 7 6 12",
		runID(5) + " " + begin + "failed suspect why 65535 req-f 6 2026-03-02 00:00:00.000 2026-03-02 00:00:01.000 3 0 0 0 0 0 0 0 null null null",
		runID(6) + " " + begin + "accepted   0 req-79 1 2026-03-03 00:00:00.000 2026-03-03 00:00:01.000 3 0 1 0 0 0 2 1 null null null",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s := stored[2]; s.Revised != 2 || s.Retracted != 1 {
		t.Errorf("revised %d, retracted %d; want 2 and 1", s.Revised, s.Retracted)
	}
}
