package load_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

// The newest row of a run counts, and every figure stands in its own column.
func TestRecord(t *testing.T) {
	w, db := open(t)
	run := flow.Run{ID: runID(1), Command: "run", Program: "v1", State: flow.RunRunning, Started: at("2026-01-01T10:00")}
	must(t, w.Record(t.Context(), run, at("2026-01-01T10:00")))
	const query = `SELECT concat(command, ' ', program, ' ', state, ' ', toString(exit_code), ' ', reason, ' ',
    toString(started_at), ' ', ifNull(toString(finished_at), 'null'), ' ',
    arrayStringConcat(arrayMap(n -> toString(n), [windows, accepted, failed, unavailable, requests, throttled, retries,
        rows, reported, revised, retracted]), ' ')) FROM runs`
	want := []string{"run v1 running 0  2026-01-01 10:00:00.000 null 0 0 0 0 0 0 0 0 0 0 0"}
	if diff := cmp.Diff(want, table(t, db, query)); diff != "" {
		t.Error(diff)
	}
	run.State, run.ExitCode, run.Reason, run.Finished = flow.RunPartial, 3, "why", at("2026-01-01T10:01")
	run.Counts = flow.Counts{
		Windows: 1, Accepted: 2, Failed: 3, Unavailable: 4, Requests: 5, Throttled: 6, Retries: 7,
		Rows: 8, Reported: 9, Revised: 10, Retracted: 11,
	}
	must(t, w.Record(t.Context(), run, at("2026-01-01T10:01")))
	must(t, w.Record(t.Context(), run, at("2026-01-01T10:01")))
	want = []string{"run v1 partial 3 why 2026-01-01 10:00:00.000 2026-01-01 10:01:00.000 1 2 3 4 5 6 7 8 9 10 11"}
	if diff := cmp.Diff(want, table(t, db, query)); diff != "" {
		t.Error(diff)
	}
}

// Every figure of an attempt stands in its own column of the ledger.
func TestLedgerRow(t *testing.T) {
	w, db := open(t)
	s, c := named("main", flow.Daily, flow.Uplink), flow.NewCalendar(flow.Daily, zone(t, "Europe/Berlin"))
	first := at("2026-01-31T23:00")
	a := answer(s, c, first, 77, at("2026-03-01T10:00:00.123Z"), true, 5, absent, 7)
	highest, mean, sum := 7.0, 6.0, 12.0
	a.Requests, a.Throttled, a.Reason, a.Answered = 4, 1, "doubtful", at("2026-03-01T10:00:00.456Z")
	a.Transformed.Points, a.Transformed.Max, a.Transformed.Avg, a.Transformed.Total = 9, &highest, &mean, &sum
	a.Transformed.Dropped, a.Transformed.Rounded, a.Transformed.Floored = 21, 22, 23
	f := flow.Attempt{
		Series: s, Calendar: c, Window: a.Window, State: flow.Failed, Class: flow.Suspect, Reason: "why",
		Failures: 70000, Requests: 6, RequestID: "req-f",
		Sent: flow.Stamp{At: at("2026-03-02"), Version: 78}, Answered: at("2026-03-02T00:00:01Z"),
	}
	stored := write(t, w, runID(5), a, f)
	again := answer(s, c, first, 79, at("2026-03-03"), true, absent, absent, 8)
	stored = append(stored, write(t, w, runID(6), again)...)
	got := table(t, db, `SELECT arrayStringConcat([toString(run_id), account, granularity, access_region, gateway_type,
    traffic_type, toString(window_begin), toString(window_end), time_zone, state, error_class, reason,
    toString(failures), request_id, toString(attempts), toString(sent_at), toString(answered_at),
    toString(buckets), toString(points), toString(reported), toString(dropped), toString(rounded), toString(floored),
    toString(revised), toString(retracted), ifNull(toString(api_max), 'null'), ifNull(toString(api_avg), 'null'),
    ifNull(toString(api_total), 'null')], ' ')
FROM extractions ORDER BY sent_at`)
	const begin = " main daily EU public uplink 2026-01-31 23:00:00 2026-02-03 23:00:00 Europe/Berlin "
	want := []string{
		runID(5) + begin + "accepted  doubtful 0 req-77 4 2026-03-01 10:00:00.123 2026-03-01 10:00:00.456 " +
			"3 9 2 21 22 23 0 0 7 6 12",
		runID(5) + begin + "failed suspect why 65535 req-f 6 2026-03-02 00:00:00.000 2026-03-02 00:00:01.000 " +
			"3 0 0 0 0 0 0 0 null null null",
		runID(6) + begin + "accepted   0 req-79 1 2026-03-03 00:00:00.000 2026-03-03 00:00:01.000 " +
			"3 0 1 0 0 0 2 1 null null null",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s := stored[2]; s.Revised != 2 || s.Retracted != 1 {
		t.Errorf("revised %d, retracted %d; want 2 and 1", s.Revised, s.Retracted)
	}
}

// The ledger keeps a checksum of each accepted answer, which ClickHouse computes too, and up to where it is final.
func TestLedgerKeepsEvidence(t *testing.T) {
	w, db := open(t)
	s, c := named("main", flow.Daily, flow.Uplink), flow.NewCalendar(flow.Daily, zone(t, "Europe/Berlin"))
	a := answer(s, c, at("2026-01-31T23:00"), 77, at("2026-03-01"), true, 5, absent, 0, 1<<62)
	a.FinalBefore = at("2026-02-24T23:00")
	failed := flow.Attempt{
		Series: s, Calendar: c, Window: a.Window, State: flow.Failed, Class: flow.Suspect, Transformed: a.Transformed,
		Sent: flow.Stamp{At: at("2026-03-02"), Version: 78}, Answered: at("2026-03-02"),
	}
	write(t, w, runID(5), a, failed)
	got := table(t, db, `SELECT concat(state, ' ', ifNull(toString(final_before), 'null'), ' ', ifNull(toString(checksum =
    (SELECT sum(xxHash64(bitOr(bitShiftLeft(toUInt128(bytes), 64), toUInt128(toUnixTimestamp(bucket)) * 2 + reported)))
    FROM facts FINAL)), 'null')) FROM ledger ORDER BY version`)
	want := []string{"accepted 2026-02-24 23:00:00 1", "failed null null"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
