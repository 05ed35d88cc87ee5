package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// hand is something that somebody did to a whole warehouse, and what a verification says of it.
type hand struct {
	name string
	do   []string
	want string // regular expression of a finding
}

// series changes rows of the table series, as if a load had written them last.
func series(where, columns string) []string {
	return []string{fmt.Sprintf("INSERT INTO series SELECT * REPLACE "+
		"(%s, written_at + toIntervalMicrosecond(1) AS written_at) FROM series FINAL WHERE %s", columns, where)}
}

// states changes the state of the n-th run that is done and stored anything, as if the run had written it last.
func states(n int, columns string) []string {
	return []string{fmt.Sprintf("INSERT INTO run_states SELECT * REPLACE "+
		"(%s, written_at + toIntervalMicrosecond(1) AS written_at) FROM run_states FINAL WHERE run_id = "+
		"(SELECT run_id FROM run_states FINAL WHERE state = 'done' AND accepted > 0 "+
		"ORDER BY started_at, run_id LIMIT %d, 1)", columns, n-1)}
}

// Somebody changed views and tables, what the series are said to be, or took away all that tells of a run or a series.
// Those of one batch do not hide each other, so one verification finds them all, and its advice heals them all.
func TestVerifyFindsForeignHands(t *testing.T) {
	t.Parallel()
	r := newLoaded(t, 12)
	view := func(name, old, replacement string) []string {
		var create string
		if err := r.conn.QueryRow(t.Context(), "SELECT create_table_query FROM system.tables "+
			"WHERE database = currentDatabase() AND name = ?", name).Scan(&create); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(create, old) {
			t.Fatalf("view %s has no %q: %s", name, old, create)
		}
		create = strings.Replace(create, "CREATE VIEW", "CREATE OR REPLACE VIEW", 1)
		return []string{strings.Replace(create, old, replacement, 1)}
	}
	const of, declared = "^(storage|coverage|views) of ////: ", " = its declaration"
	const (
		miscounted = of + "runs that count other than their entries in the ledger = 0: 3 and 0: " +
			".*something else than a load"
		contradicting = of + "runs that contradict themselves = 0: 3 and 0: .*something else than a load"
	)
	gone := make([]string, 0, 4)
	for _, table := range corruptible() {
		gone = append(gone, "ALTER TABLE "+table+" DELETE WHERE gateway_type = 'private' SETTINGS mutations_sync = 2")
	}
	found, all := 0, 0
	type batch struct {
		name  string
		hands []hand
	}
	for i, batch := range sample(3, []batch{
		{"counts of runs", []hand{
			{"a run that stored less", states(1, "accepted - 1 AS accepted, rows - 1 AS rows"), miscounted},
			{"a run that sent nothing", states(2, "0 AS requests"), miscounted},
			{"a run that sent again what it did not send", states(3, "requests + 1 AS retries"), miscounted},
		}},
		{"states of runs", []hand{
			{"a run that is done and was interrupted", states(1, "'interrupted' AS state"), contradicting},
			{"a run that goes on and has ended", states(1, "'running' AS state"), contradicting},
			{"a run that is done and failed", states(1, "3 AS exit_code, 1 AS failed"), contradicting},
		}},
		{"views and tables", []hand{
			{
				"flow_hourly without a region",
				view("flow_hourly", "AND reported", "AND reported AND (access_region != 'EU')"),
				of + "view flow_hourly" + declared + ".*run mnaflow migrate",
			},
			{
				"usage_daily that sums ALL too",
				view("usage_daily", "access_region != 'ALL'", "access_region != ''"),
				of + "view usage_daily" + declared,
			},
			{"flow_daily without FINAL", view("flow_daily", " FINAL", ""), of + "view flow_daily" + declared},
			{"a view gone", []string{"DROP VIEW usage_hourly_filled"}, of + "view usage_hourly_filled" + declared + ".*missing"},
			{"a part of views gone", []string{"DROP VIEW uncovered"}, of + "view uncovered" + declared + ".*missing"},
			{
				"a TTL of a table",
				[]string{"ALTER TABLE facts MODIFY TTL bucket + toIntervalYear(30)"},
				of + "table facts" + declared + ".*REMOVE TTL",
			},
			{
				"a TTL of a column",
				[]string{"ALTER TABLE history MODIFY COLUMN request_id String TTL bucket + toIntervalYear(30)"},
				of + "table history" + declared + ".*request_id REMOVE TTL",
			},
			{
				"a default of a column",
				[]string{"ALTER TABLE ledger MODIFY COLUMN api_total DEFAULT 5"},
				of + "table ledger" + declared + ".*api_total REMOVE DEFAULT",
			},
			{
				"a codec that is not declared",
				[]string{"ALTER TABLE series MODIFY COLUMN settle_seconds CODEC(T64)"},
				of + "table series" + declared + ".*settle_seconds REMOVE CODEC",
			},
			{
				"another codec",
				[]string{"ALTER TABLE facts MODIFY COLUMN bytes CODEC(NONE)"},
				of + "table facts" + declared + ".*MODIFY COLUMN bytes CODEC",
			},
			{
				"a narrower type",
				[]string{"ALTER TABLE run_states MODIFY COLUMN rows UInt32"},
				of + "table run_states" + declared + ".*MODIFY COLUMN rows UInt64",
			},
			{
				"a constraint",
				[]string{"ALTER TABLE days ADD CONSTRAINT old CHECK day < '2100-01-01'"},
				of + "table days" + declared + ".*DROP CONSTRAINT old",
			},
			{
				"a default gone",
				[]string{"ALTER TABLE run_states MODIFY COLUMN beat_at REMOVE DEFAULT"},
				of + "table run_states" + declared + ".*beat_at DEFAULT",
			},
		}},
		{"series", []hand{
			{
				"a series not configured",
				series("granularity = 'hourly'"+mcUp, "false AS configured"),
				of + ".*the last run left out 1 series that the configuration asks for, such as " +
					"main/hourly/MC/public/uplink: mnaflow run",
			},
			{
				"a series that starts later",
				series("granularity = 'daily'"+mcUp, "expected_from + 432000 AS expected_from"),
				of + ".*starts earlier than ",
			},
			{
				"a series that starts earlier",
				series("granularity = 'daily'"+allTotal, "expected_from - 432000 AS expected_from"),
				"^coverage of main/daily/ALL/public/total: .*never requested: mnaflow run loads it",
			},
			{
				"the row of a series gone",
				[]string{"ALTER TABLE series DELETE WHERE granularity = 'hourly'" + allTotal + " SETTINGS mutations_sync = 2"},
				of + ".*asks for 1 series that no run has loaded yet: mnaflow run",
			},
		}},
		{"zone", []hand{{
			"another zone",
			series("granularity = 'hourly'"+mcUp, "'UTC' AS time_zone"),
			of + ".*another time zone than 1 series that are loaded, such as " +
				"Asia/Shanghai for main/hourly/MC/public/uplink, which has UTC: mnaflow run",
		}}},
		{"calendar", []hand{{
			"days an hour off",
			[]string{"INSERT INTO days SELECT * REPLACE (day_begin + 3600 AS day_begin, day_end + 3600 AS day_end, " +
				"written_at + toIntervalMicrosecond(1) AS written_at) FROM days FINAL"},
			"^storage of main/daily/.*: the bucket = a bucket of the calendar",
		}}},
		{"calendar and lengths", []hand{
			{
				"a day that begins an hour late",
				[]string{"ALTER TABLE days UPDATE day_begin = day_begin + 3600 WHERE day = '2026-11-10' " +
					"SETTINGS mutations_sync = 2"},
				of + "days of Asia/Shanghai = days of its rules: 1 and 0: .*mnaflow run writes them again",
			},
			{
				"the API answers no window of the length that it answered",
				[]string{"INSERT INTO limits SELECT * REPLACE (1 AS longest_answered, 1 AS shortest_refused, " +
					"written_at + toIntervalMicrosecond(1) AS written_at) FROM limits FINAL"},
				"^storage of main/hourly///: the lengths of windows = lengths that may be: 1 and 1: ",
			},
			{
				"a verification of a year to come",
				[]string{"INSERT INTO check_results SELECT * REPLACE ('failed' AS state, " +
					"now64(3) + toIntervalYear(1) AS checked_at) FROM check_results LIMIT 3"},
				of + "results of verifications from the future = 0: 3 and 0: ",
			},
		}},
		{"calendar gone", []hand{{
			"a day of the calendar gone",
			[]string{"ALTER TABLE days DELETE WHERE day = '2026-11-10' SETTINGS mutations_sync = 2"},
			"^storage of main/daily/.*: facts = buckets of accepted answers: .*days of the calendar are gone: mnaflow run",
		}}},
		{"settings", []hand{{
			name: "other settings, which are no damage",
			do: series("access_region = 'AP'", "settle_seconds + 60 AS settle_seconds, "+
				"refresh_seconds + 60 AS refresh_seconds, finality_seconds + 86400 AS finality_seconds"),
		}}},
		{"gone", []hand{{
			"what is not configured any more gone with its ledger",
			gone,
			of + "accepted entries of runs = windows that the runs stored",
		}}},
		{"runs", []hand{{
			"all runs gone",
			[]string{"TRUNCATE TABLE run_states"},
			"^storage of main/.*: runs of facts = runs that there are",
		}}},
	}) {
		if batch.name == "gone" {
			r.edit("extract:\n", "extract:\n  gateway_types: [public]\n")
			r.must("run")
		}
		if i == 0 || batch.name == "gone" { // else the batch before has ended with a verification
			if v, code := r.verify(); code != 0 {
				t.Fatalf("before %s: exit %d, %s", batch.name, code, strings.Join(sayings(v.Failed), "\n"))
			}
		}
		for _, h := range batch.hands {
			r.exec(h.do...)
		}
		v, _ := r.verify()
		said := sayings(v.Failed)
		for _, h := range batch.hands {
			if h.want == "" {
				continue
			}
			if all++; matched(said, h.want) {
				found++
			} else {
				t.Errorf("%s: want %s; found\n%s", h.name, h.want, strings.Join(said, "\n"))
			}
		}
		if batch.name == "settings" && len(said) > 0 {
			t.Errorf("other settings are no damage; found\n%s", strings.Join(said, "\n"))
		}
		if !r.heal(batch.name, v.Failed) {
			return
		}
	}
	t.Logf("%d of %d foreign hands found", found, all)
}
