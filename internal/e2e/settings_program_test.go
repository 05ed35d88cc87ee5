package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mnaflow/mnaflow/internal/chlocal"
	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
)

// No setting of the profile of the program's user changes what is loaded, planned or verified: with each, two passes
// store what they store without, a third sends no request, and the verification comes to the same.
func TestSettingsOfTheProgram(t *testing.T) {
	t.Parallel()
	shared := chtest.Open(t)
	tried, settings, refused := assignments(t, shared.Conn(t))
	allowed := programExceptions()
	batches := apart(tried, 128, func(a assignment) bool { _, known := allowed[a.name]; return known })
	count := len(slices.Concat(batches...))
	differ := map[string]bool{}
	for len(batches) > 0 { // those that differ are halved, until each is one
		var next [][]assignment
		for i, got := range passesUnder(t, batches) {
			batch := batches[i]
			if got == "" {
				continue
			}
			if n := len(batch); n > 1 {
				next = append(next, batch[:n/2], batch[n/2:])
				continue
			}
			differ[batch[0].name] = true
			if _, known := allowed[batch[0].name]; !known {
				t.Errorf("%s: %s", batch[0], got)
			}
		}
		batches = next
	}
	if fullWidth() {
		for name, reason := range allowed {
			if !differ[name] && reason != isLimit { // whether a limit is met depends on the machine
				t.Errorf("%s is no exception", name)
			}
		}
	}
	t.Logf("%d settings, %d values tried, %d refused; %d settings change a pass", settings, count, refused, len(differ))
}

// passesUnder tries each batch as the profile of a user, and says what differs from the first pass of all; the first is
// without any if it is empty.
func passesUnder(t *testing.T, batches [][]assignment) []string {
	t.Helper()
	if len(batches) == 0 {
		return nil
	}
	users := []chlocal.User{{Name: "plain"}}
	for i, batch := range batches {
		var profile []chlocal.Setting
		for _, a := range batch {
			profile = append(profile, chlocal.Setting{Name: a.name, Value: a.value})
		}
		users = append(users, chlocal.User{Name: fmt.Sprintf("with_%d", i), Settings: profile})
	}
	server := chtest.Server(t, chlocal.Options{Users: users})
	r := newRigOn(t, chtest.On(server, "default"), start, unlimited(), few)
	r.changes()
	// what a limit ends is tried again in vain
	r.wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	var want []string
	out := make([]string, 0, len(batches))
	for i, user := range users {
		database := fmt.Sprintf("d%d", i)
		r.as("plain", database)
		r.must("migrate")
		r.as(user.Name, database)
		got, failed := r.twoPasses(database)
		if want == nil {
			want = got
			if failed != "" {
				t.Fatal(failed)
			}
			continue
		}
		if failed == "" && !slices.Equal(got, want) {
			failed = firstDifference(want, got)
		}
		out = append(out, failed)
		r.exec("DROP DATABASE " + database + " SYNC")
	}
	return out
}

// twoPasses runs passes and returns what they have stored and said, a line each, or what failed.
func (r *rig) twoPasses(database string) (lines []string, failed string) {
	r.t.Helper()
	now := r.clock()
	defer func() { r.advance(now.Sub(r.clock())) }()
	run := func(args ...string) bool {
		if failed != "" {
			return false
		}
		r.sim.ResetStats()
		got := r.do(args...)
		lines = append(lines, fmt.Sprintf("%v: exit %d, %d requests", args, got.code, r.sim.Stats().Received))
		if got.code == 5 || got.code == 1 {
			failed = strings.TrimSpace(got.stderr)
		}
		return failed == ""
	}
	run("run")
	r.advance(26 * time.Hour)
	if !run("plan") || !run("run") || !run("run") || !run("verify") || !run("status") {
		return nil, failed
	}
	for _, query := range []string{
		"SELECT toString(tuple(* EXCEPT (run_id, request_id, version, observed_at))) FROM %s.history",
		"SELECT toString(tuple(* EXCEPT (run_id, request_id, version, extracted_at))) FROM %s.facts FINAL",
		"SELECT toString(tuple(account, granularity, access_region, gateway_type, traffic_type, window_begin, " +
			"window_end, state, " +
			"buckets, points, reported, revised, retracted, api_total)) FROM %s.ledger",
		"SELECT toString(tuple(* EXCEPT (written_at))) FROM %s.series FINAL",
		// How many parts there are is a matter of when the server merges them.
		"SELECT toString(tuple(* EXCEPT (verify_id, checked_at, range_begin, range_end, detail))) " +
			"FROM %s.data_checks WHERE compared NOT LIKE 'active parts%%'",
	} {
		lines = append(lines, r.column(fmt.Sprintf(query, database))...)
	}
	return lines, failed
}

// programExceptions are the settings that end a pass of a user whose profile has them, and why they may.
func programExceptions() map[string]string {
	const isRepeatable = "asks for INSERT SELECT to be repeatable, which the server cannot prove: the statement fails"
	return exceptions(map[string]string{
		"discard_query_data":                              "nothing is answered: the first statement fails",
		"inject_random_order_for_select_without_order_by": isTest,
		"make_distributed_plan":                           isDistributed,
		"memory_tracker_fault_probability":                isTest,
		"unknown_packet_in_send_data":                     isTest,
		"query_plan_optimize_join_order_algorithm":        isJoinOrder,
		"deduplicate_insert_select":                       isRepeatable,
		"exclude_materialize_skip_indexes_on_insert":      isGarbage,
		"idle_connection_timeout":                         "0 closes each connection at once: the statement fails",
		"readonly":                                        "writing is forbidden",
	})
}
