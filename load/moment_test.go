package load_test

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// momentContract is what users are promised of the views that show what was known at a moment.
var momentContract = []struct{ view, columns string }{
	{"flow_hourly_as_of", "account text, access_region text, gateway_type text, traffic_type text, hour DateTime('UTC'), day Date, bytes UInt64, observed_at DateTime64(3, 'UTC'), run_id UUID, request_id text"},
	{"flow_daily_as_of", "account text, access_region text, gateway_type text, traffic_type text, day Date, bytes UInt64, observed_at DateTime64(3, 'UTC'), run_id UUID, request_id text"},
	{"usage_daily_as_of", "account text, access_region text, gateway_type text, day Date, uplink_bytes UInt64, downlink_bytes UInt64, total_bytes UInt64"},
}

func TestMomentViewsAreTheContracts(t *testing.T) {
	_, db := open(t)
	for _, c := range momentContract {
		rows, err := db.Query(t.Context(), "SELECT * FROM "+readable(c.view))
		must(t, err)
		var selected []string
		for _, column := range rows.ColumnTypes() {
			selected = append(selected, column.Name()+" "+regexp.MustCompile(`^(LowCardinality\()?String\)?$`).ReplaceAllString(column.DatabaseTypeName(), "text"))
		}
		must(t, rows.Close())
		if got := strings.Join(selected, ", "); got != c.columns {
			t.Errorf("%s has\n%s, want\n%s", c.view, got, c.columns)
		}
	}
}

// modelMoment says what should be shown of a sequence as of a moment: of the answers sent until then the newest, if the bucket came to be stored at all.
// The request is named where history tells it exactly.
func modelMoment(w writing, moment time.Time, named bool) []string {
	buckets := map[time.Time][]observation{}
	for _, o := range w.steps {
		if o.lost() {
			continue
		}
		for _, f := range o.Extract.Facts {
			buckets[f.Bucket] = append(buckets[f.Bucket], o)
		}
	}
	var out []string
	for bucket, all := range buckets {
		value := func(o observation) flow.Fact {
			return o.Extract.Facts[slices.IndexFunc(o.Extract.Facts, func(f flow.Fact) bool { return f.Bucket.Equal(bucket) })]
		}
		slices.SortFunc(all, func(a, b observation) int { return cmp.Compare(a.Sent.Version, b.Sent.Version) })
		current := len(all) - 1
		for current >= 0 && all[current].effect == afterHistory && all[current].repeated == 0 {
			current--
		}
		newest := current
		for newest >= 0 && all[newest].Sent.At.After(moment) {
			newest--
		}
		if newest < 0 || !value(all[newest]).Reported {
			continue
		}
		bytes, by := value(all[newest]).Bytes, newest
		for by > 0 && newest < current && figure(value(all[by-1])) == figure(value(all[newest])) {
			by-- // a confirmation leaves no trace once it is confirmed again
		}
		when := bucket.Format(time.RFC3339)
		if w.series.Granularity == flow.Daily {
			when = w.calendar.Day(bucket).Format(time.DateOnly)
		}
		line := fmt.Sprintf("%s %s %d", w.series.Account, when, bytes)
		if named {
			line += fmt.Sprintf(" at %s by %s %s", all[by].Sent.At.Format(stampLayout), all[by].run, all[by].RequestID)
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

// asOfEveryMoment holds the views that show a moment against the model, and after everything against the current views to the last column.
func (b batch) asOfEveryMoment(t tester, db driver.Conn) {
	t.Helper()
	columns := "concat(account, ' ', %[2]s, ' ', toString(bytes)"
	named := !b.shuffled && !b.races
	if named {
		columns += ", ' at ', toString(observed_at), ' by ', toString(run_id), ' ', request_id"
	}
	query := "SELECT " + columns + ") FROM %[1]s_as_of(at = '%[3]s')"
	var moments []time.Time
	for version := range storeSteps + 1 {
		moments = append(moments, sentAt(version))
	}
	for _, moment := range append(moments, moments[4].Add(-time.Millisecond)) {
		got := table(t, db, fmt.Sprintf(query, "flow_hourly", `formatDateTime(hour, '%Y-%m-%dT%H:%i:%SZ', 'UTC')`, moment.Format(time.RFC3339Nano)))
		got = append(got, table(t, db, fmt.Sprintf(query, "flow_daily", "toString(day)", moment.Format(stampLayout)))...)
		slices.Sort(got)
		var want []string
		for _, one := range b.all {
			want = append(want, modelMoment(one, moment, named)...)
		}
		slices.Sort(want)
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("as of %s: want -, got +:\n%s%s", moment.Format(time.RFC3339Nano), b.all, diff)
		}
	}
	for view, bucket := range map[string]string{"flow_hourly": "hour, day", "flow_daily": "day"} {
		key := "SELECT account, access_region, gateway_type, traffic_type, " + bucket + ", bytes, "
		now := key + "extracted_at AS observed_at, run_id, request_id FROM " + view
		then := key + "observed_at, run_id, request_id FROM " + readable(view+"_as_of")
		for _, pair := range [][2]string{{now, then}, {then, now}} {
			if got := table(t, db, "SELECT toString(tuple(*)) FROM ("+pair[0]+" EXCEPT "+pair[1]+")"); len(got) > 0 {
				t.Errorf("%s: %v differ", view, got)
			}
		}
	}
}

// Sums are those of the day, whatever was restated and retracted later; a moment before the first answer knows nothing.
func TestUsageAsOf(t *testing.T) {
	w, db := open(t)
	c := flow.NewCalendar(flow.Daily, zone(t, "Asia/Shanghai"))
	day := c.DateStart(at("2026-01-01"))
	var settings []flow.Setting
	add := func(version uint64, sent string, r flow.Region, tr flow.TrafficType, values ...int64) {
		s := flow.Series{Account: "main", Granularity: flow.Daily, Region: r, Gateway: flow.Public, Traffic: tr}
		settings = append(settings, setting(s, day, c.Zone(), 0))
		write(t, w, newRun(), answer(s, c, day, version, at(sent), true, values...))
	}
	add(1, "2026-02-01T10:00", flow.Europe, flow.Uplink, 1, 10)
	add(2, "2026-02-01T10:00", flow.Europe, flow.Downlink, 2, 20)
	add(3, "2026-02-01T10:00", flow.Europe, flow.Total, 4, absent)
	add(4, "2026-02-01T10:00", flow.AllRegions, flow.Total, 400, 400)
	add(5, "2026-02-02T10:00", flow.Europe, flow.Uplink, 5, absent)
	add(6, "2026-02-03T10:00", flow.Europe, flow.Total, absent, 31)
	must(t, w.Configure(t.Context(), settings, at("2026-02-04")))
	for moment, want := range map[string][]string{
		"2026-02-01 09:59:59":       nil,
		"2026-02-01 10:00:00":       {"2026-01-01 1 2 4", "2026-01-02 10 20 30"},
		"2026-02-02T18:00:00+08:00": {"2026-01-01 5 2 4", "2026-01-02 0 20 20"},
		"2026-02-03":                {"2026-01-01 5 2 4", "2026-01-02 0 20 20"},
		"2026-02-03 10:00:00":       {"2026-01-01 5 2 7", "2026-01-02 0 20 31"},
	} {
		got := table(t, db, "SELECT concat(toString(day), ' ', toString(uplink_bytes), ' ', toString(downlink_bytes), ' ', toString(total_bytes)) FROM usage_daily_as_of(at = '"+moment+"') ORDER BY day")
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("as of %s: %s", moment, diff)
		}
	}
}

// What a writer left in history before it was cut short, of a bucket that nobody wrote since, is not known: the next pass asks for it again.
func TestAsOfBeforeTheFirstFact(t *testing.T) {
	_, db := open(t)
	execute(t, db, "INSERT INTO history (granularity, account, bucket, bytes, reported, observed_at, version) VALUES ('hourly', 'main', '2026-01-01 00:00:00', 7, true, '2026-02-01 00:00:00', 1)")
	if got := table(t, db, "SELECT toString(bytes) FROM "+readable("flow_hourly_as_of")); len(got) > 0 {
		t.Errorf("%v, want nothing, as in flow_hourly", got)
	}
}

// A moment is what people write, and an error where it is none, also where nothing is stored: never 1970 and never another day.
func TestMomentsThatPeopleWrite(t *testing.T) {
	w, db := open(t)
	s := named("main", flow.Hourly, flow.Total)
	write(t, w, newRun(), answer(s, hours, at("2026-01-01"), 1, at("2026-02-03T12:00"), true, 7))
	for _, moment := range []string{
		"'2026-02-03 12:00:00'", "'2026-02-03 12:00'", "'2026-02-03T12:00:00Z'", "'2026-02-03T20:00:00+08:00'", "'2026-02-03T12:00:00.000Z'", "'2026-02-03 07:00-05:00'", "'2026-02-04'",
		"now('UTC')", "now64(3, 'UTC') - INTERVAL 1 SECOND", "toStartOfMonth(toDate('2026-03-20'))", "toDateTime('2026-02-03 12:00:00', 'UTC')", "(SELECT max(extracted_at) FROM flow_hourly)",
	} {
		if got := table(t, db, "SELECT toString(bytes) FROM flow_hourly_as_of(at = "+moment+")"); !slices.Equal(got, []string{"7"}) {
			t.Errorf("at = %s: %v, want 7", moment, got)
		}
	}
	for _, moment := range []string{"'2026-02-03'", "'2026-02-03 11:59:59.999'", "'2026-02-03T12:00:00+00:30'", "toDate('2026-02-03')"} {
		if got := table(t, db, "SELECT toString(bytes) FROM flow_hourly_as_of(at = "+moment+")"); len(got) > 0 {
			t.Errorf("at = %s: %v, want nothing", moment, got)
		}
	}
	for _, moment := range []string{
		"''", "'yesterday'", "'2026'", "'2026-02'", "'2026-13-01'", "'2026-02-30'", "'2026-00-10'", "'2026-02-03 24:00:00'", "'2026-02-03 12:60'", "'2026-02-03 12'", "'03/02/2026'",
		"'2026-02-03T12:00:00 CET'", "'2026-02-03 12:00:00 '", "'20260203'", "'1770120000'", "1770120000", "0", "NULL",
	} {
		for _, view := range []string{"flow_hourly_as_of", "flow_daily_as_of", "usage_daily_as_of"} {
			rows, err := db.Query(t.Context(), "SELECT * FROM "+view+"(at = "+moment+")")
			if err == nil {
				rows.Next()
				err = rows.Err()
			}
			if e, ok := errors.AsType[*clickhouse.Exception](err); !ok || !strings.Contains(e.Message, "DateTime") {
				t.Errorf("%s(at = %s): %v, want to be told that this is no moment", view, moment, err)
			}
		}
	}
}

// A reader who names an account and a region pays for these alone, in both tables; of the hours too.
func TestPredicatesReachThePrimaryKeyAsOf(t *testing.T) {
	_, db := open(t)
	for table, last := range map[string]string{"facts": "true, now64(3), generateUUIDv4(), '', 1", "history": "false, now64(3), generateUUIDv4(), '', 1"} {
		for _, granularity := range []string{"hourly", "daily"} {
			execute(t, db, `INSERT INTO `+table+` SELECT concat('account ', toString(number % 20)), '`+granularity+`', ['ALL', 'MC', 'AP', 'EU', 'AM'][1 + intDiv(number, 20) % 5], 'public',
    'total', toDateTime('2024-12-20 00:00:00', 'UTC') + 3600 * intDiv(number, 100), toDate('2024-12-20') + intDiv(number, 2400), 'UTC', number, true, `+last+`
FROM numbers(200000)`)
		}
		execute(t, db, "OPTIMIZE TABLE "+table+" FINAL")
	}
	// Only days of the account's own zone are looked at.
	execute(t, db, "INSERT INTO series (account, granularity, time_zone) SELECT concat('account ', toString(number)), 'daily', 'UTC' FROM numbers(20)")
	for _, tt := range []struct{ view, where string }{
		{"flow_hourly_as_of", "account = 'account 7'"},
		{"flow_hourly_as_of", "account = 'account 7' AND access_region = 'EU' AND hour >= '2025-01-10 00:00:00' AND hour < '2025-01-11 00:00:00'"},
		{"flow_daily_as_of", "account = 'account 7' AND access_region = 'EU' AND day >= '2025-01-10'"},
		{"usage_daily_as_of", "account = 'account 7' AND access_region = 'EU'"},
	} {
		plan := strings.Join(table(t, db, "EXPLAIN indexes = 1 SELECT * FROM "+readable(tt.view)+" WHERE "+tt.where), "\n")
		for _, name := range []string{"facts", "history"} {
			_, reading, _ := strings.Cut(plan, "."+name+")")
			granules := regexp.MustCompile(`PrimaryKey[\s\S]*?Granules: (\d+)/(\d+)`).FindStringSubmatch(reading)
			if granules == nil {
				t.Fatalf("%s of %s: the primary key of %s is not used:\n%s", tt.where, tt.view, name, plan)
			}
			read, _ := strconv.Atoi(granules[1])
			all, _ := strconv.Atoi(granules[2])
			if read == 0 || read*4 > all {
				t.Errorf("%s of %s: %d granules of %d of %s are read, want less than a quarter:\n%s", tt.where, tt.view, read, all, name, plan)
			}
		}
	}
}
