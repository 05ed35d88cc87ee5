package pipeline

import (
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
)

func accepted(begin, end, sent string) flow.LedgerSpan {
	return flow.LedgerSpan{
		Window: flow.Window{Begin: at(begin), End: at(end)},
		State:  flow.Accepted,
		Sent:   flow.Stamp{At: at(sent), Version: uint64(at(sent).UnixMicro())},
	}
}

func failed(failures int, begin, end, sent string) flow.LedgerSpan {
	k := accepted(begin, end, sent)
	k.State, k.Class, k.Failures = flow.Failed, flow.Suspect, failures
	return k
}

func as(c flow.Class, k flow.LedgerSpan) flow.LedgerSpan {
	k.Class = c
	return k
}

func unavailable(begin, end, sent string) flow.LedgerSpan {
	k := accepted(begin, end, sent)
	k.State, k.Class = flow.Unavailable, flow.Refused
	return k
}

func TestPlan(t *testing.T) {
	hourly := func(begin, end string) Grid {
		return Grid{
			Calendar: flow.NewCalendar(flow.Hourly, time.UTC), Range: flow.Window{Begin: at(begin), End: at(end)},
			Refresh: 30 * time.Minute, Finality: 5 * 24 * time.Hour, MaxBuckets: 744,
		}
	}
	force := func(g Grid) Grid { g.Force = true; return g }
	berlin := flow.NewCalendar(flow.Daily, zone(t, "Europe/Berlin"))
	daily := Grid{
		Calendar: berlin, Range: flow.Window{Begin: at("2026-03-26T23:00"), End: at("2026-04-02T22:00")},
		Refresh: 12 * time.Hour, Finality: 48 * time.Hour, MaxBuckets: 366,
	}
	tests := []struct {
		name  string
		grid  Grid
		known []flow.LedgerSpan
		now   string
		want  string
	}{
		{
			name: "first load, in windows of at most 31 days", grid: hourly("2026-01-01", "2026-03-15"), now: "2026-03-15",
			want: `
[2026-01-01T00:00Z, 2026-02-01T00:00Z) ×744 never requested
[2026-02-01T00:00Z, 2026-03-04T00:00Z) ×744 never requested
[2026-03-04T00:00Z, 2026-03-15T00:00Z) ×264 never requested`,
		},
		{
			name: "nothing in an empty range", grid: hourly("2026-01-01", "2026-01-01"), now: "2026-03-15",
			want: "",
		},
		{
			name: "an hour later: the new hour, and the five days and today that may still change",
			grid: hourly("2026-01-01", "2026-03-15T13:00"), now: "2026-03-15T13:20",
			known: []flow.LedgerSpan{accepted("2026-01-01", "2026-03-15T12:00", "2026-03-15T12:20")},
			want:  "\n[2026-03-10T00:00Z, 2026-03-15T13:00Z) ×133 not final",
		},
		{
			name: "a moment before refresh has passed only the new hour",
			grid: hourly("2026-01-01", "2026-03-15T13:00"), now: "2026-03-15T12:49:59.999999999Z",
			known: []flow.LedgerSpan{accepted("2026-01-01", "2026-03-15T12:00", "2026-03-15T12:20")},
			want:  "\n[2026-03-15T12:00Z, 2026-03-15T13:00Z) ×1 never requested",
		},
		{
			name: "exactly refresh after it all that is not final",
			grid: hourly("2026-01-01", "2026-03-15T12:00"), now: "2026-03-15T12:50",
			known: []flow.LedgerSpan{accepted("2026-01-01", "2026-03-15T12:00", "2026-03-15T12:20")},
			want:  "\n[2026-03-10T00:00Z, 2026-03-15T12:00Z) ×132 not final",
		},
		{
			name: "an answer sent exactly at finality is final, and one a nanosecond earlier is not",
			grid: hourly("2026-01-01", "2026-01-03"), now: "2026-03-01",
			known: []flow.LedgerSpan{
				accepted("2026-01-01", "2026-01-02", "2026-01-07"),
				accepted("2026-01-02", "2026-01-03", "2026-01-07T23:59:59.999999999Z"),
			},
			want: "\n[2026-01-02T00:00Z, 2026-01-03T00:00Z) ×24 not final",
		},
		{
			name: "what an outage left out", grid: hourly("2026-01-01", "2026-02-01"), now: "2026-03-01",
			known: []flow.LedgerSpan{
				accepted("2026-01-01", "2026-01-10", "2026-02-20"),
				accepted("2026-01-12T05:00", "2026-02-01", "2026-02-20"),
			},
			want: "\n[2026-01-10T00:00Z, 2026-01-12T05:00Z) ×53 gap",
		},
		{
			name: "a start that was moved back", grid: hourly("2025-12-30", "2026-02-01"), now: "2026-03-01",
			known: []flow.LedgerSpan{accepted("2026-01-01", "2026-02-01", "2026-02-20")},
			want:  "\n[2025-12-30T00:00Z, 2026-01-01T00:00Z) ×48 gap",
		},
		{
			name: "a gap beside buckets that are not final makes one window, named after most of it",
			grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-03T12:00",
			known: []flow.LedgerSpan{
				accepted("2026-01-01", "2026-01-02", "2026-01-02T01:00"),
				accepted("2026-01-02T06:00", "2026-01-03", "2026-01-03T01:00"),
			},
			want: "\n[2026-01-01T00:00Z, 2026-01-03T00:00Z) ×48 not final",
		},
		{
			name: "a window that was suspect once comes back whole by the next pass",
			grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-20T00:00",
			known: []flow.LedgerSpan{
				failed(1, "2026-01-01", "2026-01-01T07:00", "2026-01-20T00:00"),
				accepted("2026-01-01T07:00", "2026-01-03", "2026-01-20"),
			},
			want: "\n[2026-01-01T00:00Z, 2026-01-01T07:00Z) ×7 failed after 1",
		},
		{
			name: "one that was suspect twice comes back in halves",
			grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-20T00:30",
			known: []flow.LedgerSpan{
				failed(2, "2026-01-01", "2026-01-01T07:00", "2026-01-20T00:00"),
				accepted("2026-01-01T07:00", "2026-01-03", "2026-01-20"),
			},
			want: `
[2026-01-01T00:00Z, 2026-01-01T03:00Z) ×3 failed after 2
[2026-01-01T03:00Z, 2026-01-01T07:00Z) ×4 failed after 2`,
		},
		{
			name: "one that an outage failed is as if it had never been asked for",
			grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-20T00:00",
			known: []flow.LedgerSpan{as(flow.Transient, failed(0, "2026-01-01", "2026-01-01T07:00", "2026-01-20T00:00"))},
			want:  "\n[2026-01-01T00:00Z, 2026-01-03T00:00Z) ×48 never requested",
		},
		{
			name: "a suspect one that an outage failed since comes back whole",
			grid: hourly("2026-01-01", "2026-01-01T07:00"), now: "2026-01-20T01:00",
			known: []flow.LedgerSpan{as(flow.Throttled, failed(2, "2026-01-01", "2026-01-01T07:00", "2026-01-20T00:00"))},
			want:  "\n[2026-01-01T00:00Z, 2026-01-01T07:00Z) ×7 failed after 2",
		},
		{
			name: "a refused range is one question, and what comes due at its newest end belongs to it",
			grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-03T06:15",
			known: []flow.LedgerSpan{
				accepted("2026-01-01", "2026-01-01T12:00", "2026-01-02"),
				as(flow.Refused, failed(7, "2026-01-01T12:00", "2026-01-02", "2026-01-03T00:15")),
			},
			want: `
[2026-01-01T00:00Z, 2026-01-01T12:00Z) ×12 not final
[2026-01-01T12:00Z, 2026-01-03T00:00Z) ×36 failed, failed: one question after 7`,
		},
		{
			name: "a moment before six hours have passed it is left alone with what came due since",
			grid: hourly("2026-01-01T12:00", "2026-01-03"), now: "2026-01-03T06:14:59Z",
			known: []flow.LedgerSpan{as(flow.Refused, failed(7, "2026-01-01T12:00", "2026-01-02", "2026-01-03T00:15"))},
		},
		{
			name: "what is older than a refused range does not wait for it",
			grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-03T06:14:59Z",
			known: []flow.LedgerSpan{as(flow.Refused, failed(7, "2026-01-02T12:00", "2026-01-03", "2026-01-03T00:15"))},
			want:  "\n[2026-01-01T00:00Z, 2026-01-02T12:00Z) ×36 never requested",
		},
		{
			name: "refused ranges that touch are one, as old as the newer",
			grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-04T06:00",
			known: []flow.LedgerSpan{
				as(flow.Disagrees, failed(1, "2026-01-01", "2026-01-02", "2026-01-03T06:00")),
				as(flow.Rejected, failed(9, "2026-01-02", "2026-01-02T12:00", "2026-01-03T05:00")),
				accepted("2026-01-02T12:00", "2026-01-03", "2026-01-20"),
			},
			want: "\n[2026-01-01T00:00Z, 2026-01-02T12:00Z) ×36 failed, failed: one question after 9",
		},
		{
			name: "noted by a clock that was a year ahead, a single bucket",
			grid: hourly("2026-01-01T10:00", "2026-01-01T11:00"), now: "2026-01-20T00:00",
			known: []flow.LedgerSpan{failed(9, "2026-01-01T10:00", "2026-01-01T11:00", "2027-01-20T00:00")},
			want:  "\n[2026-01-01T10:00Z, 2026-01-01T11:00Z) ×1 failed after 9",
		},
		{
			name: "a failure that backs off leaves its neighbours alone",
			grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-20T00:59:59Z",
			known: []flow.LedgerSpan{failed(3, "2026-01-01T10:00", "2026-01-01T11:00", "2026-01-20T00:00")},
			want: `
[2026-01-01T00:00Z, 2026-01-01T10:00Z) ×10 never requested
[2026-01-01T11:00Z, 2026-01-03T00:00Z) ×37 never requested`,
		},
		{
			name: "an answer after the failure makes it good", grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-20T02:00",
			known: []flow.LedgerSpan{
				failed(3, "2026-01-01", "2026-01-03", "2026-01-20T00:00"),
				accepted("2026-01-01", "2026-01-03", "2026-01-20T01:00"),
			},
			want: "",
		},
		{
			name: "a refresh that failed is a failure, though older answers cover the buckets",
			grid: hourly("2026-01-01", "2026-01-03"), now: "2026-01-03T09:00",
			known: []flow.LedgerSpan{
				accepted("2026-01-01", "2026-01-03", "2026-01-03T01:00"),
				failed(1, "2026-01-01", "2026-01-03", "2026-01-03T02:00"),
			},
			want: "\n[2026-01-01T00:00Z, 2026-01-03T00:00Z) ×48 failed after 1",
		},
		{
			name: "a forced reload that failed leaves final buckets final",
			grid: hourly("2026-01-01", "2026-01-03"), now: "2026-03-01",
			known: []flow.LedgerSpan{
				accepted("2026-01-01", "2026-01-03", "2026-01-20"),
				failed(1, "2026-01-01", "2026-01-03", "2026-02-01"),
			},
			want: "",
		},
		{
			name: "unavailable for a month less a second", grid: hourly("2026-01-01", "2026-01-03"), now: "2026-03-02T23:59:59Z",
			known: []flow.LedgerSpan{
				unavailable("2026-01-01", "2026-01-02", "2026-02-01"),
				accepted("2026-01-02", "2026-01-03", "2026-02-01"),
			},
			want: "",
		},
		{
			name: "unavailable for a month: one question", grid: hourly("2026-01-01", "2026-01-03"), now: "2026-03-03",
			known: []flow.LedgerSpan{
				unavailable("2026-01-01", "2026-01-02", "2026-02-01"),
				accepted("2026-01-02", "2026-01-03", "2026-02-01"),
			},
			want: "\n[2026-01-01T00:00Z, 2026-01-02T00:00Z) ×24 failed, unavailable: one question",
		},
		{
			name: "forced: final, fresh, backing off and unavailable ones too",
			grid: force(hourly("2026-01-01", "2026-01-05")), now: "2026-02-01T00:01",
			known: []flow.LedgerSpan{
				unavailable("2026-01-01", "2026-01-02", "2026-02-01"),
				accepted("2026-01-02", "2026-01-03", "2026-02-01"),
				failed(7, "2026-01-03", "2026-01-03T01:00", "2026-02-01"),
			},
			want: `
[2026-01-01T00:00Z, 2026-01-02T00:00Z) ×24 forced, unavailable: one question
[2026-01-02T00:00Z, 2026-01-03T00:00Z) ×24 forced
[2026-01-03T00:00Z, 2026-01-03T01:00Z) ×1 forced after 7
[2026-01-03T01:00Z, 2026-01-05T00:00Z) ×47 forced`,
		},
		{
			name: "days across the change to summer time", grid: daily, now: "2026-04-02T23:30",
			known: []flow.LedgerSpan{accepted("2026-03-26T23:00", "2026-03-31T22:00", "2026-03-31T22:00")},
			// Sent at midnight of 1 April: the days up to 29 March, which ended 48 hours before, are final.
			want: "\n[2026-03-29T22:00Z, 2026-04-02T22:00Z) ×4 not final",
		},
		{
			name: "days in windows", grid: func() Grid { g := daily; g.MaxBuckets = 3; return g }(), now: "2026-04-02T23:30",
			want: `
[2026-03-26T23:00Z, 2026-03-29T22:00Z) ×3 never requested
[2026-03-29T22:00Z, 2026-04-01T22:00Z) ×3 never requested
[2026-04-01T22:00Z, 2026-04-02T22:00Z) ×1 never requested`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.TrimSuffix("\n"+lines(Plan(tt.grid, tt.known, at(tt.now))), "\n")
			if diff := gocmp.Diff(tt.want, got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}
