package transform_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/transform"
)

// noticed holds the counts of an extract.
type noticed struct{ Reported, Dropped, Rounded, Floored int }

func counts(e flow.Transformed) noticed { return noticed{e.Reported, e.Dropped, e.Rounded, e.Floored} }

func TestBelievedAnswers(t *testing.T) {
	for _, c := range []struct {
		what   string
		answer flow.Answer
		facts  string
		counts noticed
	}{
		{"a point in each hour", answer(point(0, 5), point(60, 6), point(120, 7), point(180, 8)), "5 6 7 8",
			noticed{Reported: 4}},
		{"sparse", answer(point(60, 6), point(180, 8)), "- 6 - 8", noticed{Reported: 2}},
		{"a zero is a value", answer(point(60, 0)), "- 0 - -", noticed{Reported: 1}},
		{"empty, totals of 0", answer(), "- - - -", noticed{}},
		{"empty, no totals", flow.Answer{RequestID: "r-1"}, "- - - -", noticed{}},
		{"empty, [] rather than null", flow.Answer{RequestID: "r-1", Points: []flow.Point{}}, "- - - -", noticed{}},
		{"out of order", answer(point(180, 8), point(0, 5), point(120, 7), point(60, 6)), "5 6 7 8",
			noticed{Reported: 4}},
		{"a point twice, counted twice", answer(point(60, 6), point(60, 6), point(120, 7)), "- 6 7 -",
			noticed{Reported: 2}},
		{"a point twice, counted once", claims(13, 7, point(60, 6), point(60, 6), point(120, 7)), "- 6 7 -",
			noticed{Reported: 2}},
		{"a point thrice, apart", answer(point(60, 6), point(120, 7), point(60, 6), point(60, 6)), "- 6 7 -",
			noticed{Reported: 2}},
		{"in the hour before", answer(point(-60, 9), point(0, 5)), "5 - - -", noticed{Reported: 1, Dropped: 1}},
		{"in the hour after", answer(point(180, 8), point(240, 9)), "- - - 8", noticed{Reported: 1, Dropped: 1}},
		{"before and after", answer(point(-60, 9), point(0, 5), point(240, 9)), "5 - - -",
			noticed{Reported: 1, Dropped: 2}},
		{"in the last minute of the hour after", answer(point(299, 9)), "- - - -", noticed{Dropped: 1}},
		{"off the hour, alone", answer(point(90, 6)), "- 6 - -", noticed{Reported: 1, Floored: 1}},
		{"all off the hour", answer(point(30, 5), point(90, 6), point(150, 7), point(210, 8)), "5 6 7 8",
			noticed{Reported: 4, Floored: 4}},
		{"off the hour and outside", answer(point(-30, 9), point(60, 6)), "- 6 - -", noticed{Reported: 1, Dropped: 1}},
		{"off the hour in the last hour", answer(point(239, 6)), "- - - 6", noticed{Reported: 1, Floored: 1}},
		{"fractions", answer(rounded(0, 5), point(60, 6), rounded(120, 7)), "5 6 7 -",
			noticed{Reported: 3, Rounded: 2}},
		{"a fraction outside", answer(rounded(-60, 5), point(60, 6)), "- 6 - -", noticed{Reported: 1, Dropped: 1}},
		{"a fraction off the hour", answer(rounded(30, 5)), "5 - - -", noticed{Reported: 1, Rounded: 1, Floored: 1}},
	} {
		t.Run(c.what, func(t *testing.T) {
			before := slices.Clone(c.answer.Points)
			got, err := transform.Facts(hourly(), four, c.answer)
			if err != nil {
				t.Fatal(err)
			}
			if brief(got) != c.facts {
				t.Errorf("facts %s, want %s", brief(got), c.facts)
			}
			if diff := cmp.Diff(c.counts, counts(got)); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
			if got.Remark != "" {
				t.Errorf("remark %q", got.Remark)
			}
			if diff := cmp.Diff(before, c.answer.Points); diff != "" {
				t.Errorf("the caller's points changed:\n%s", diff)
			}
			if got.Points != len(c.answer.Points) || got.Max != c.answer.Max || got.Avg != c.answer.Avg ||
				got.Total != c.answer.Total {
				t.Errorf("the ledger would get %d points, max %v, average %v and total %v", got.Points, got.Max,
					got.Avg, got.Total)
			}
		})
	}
}

func TestAFactKnowsItsDayAndWhetherItIsFinal(t *testing.T) {
	rules := transform.Rules{
		Calendar:    flow.NewCalendar(flow.Hourly, zone(t, "Asia/Shanghai")),
		FinalBefore: at(t, "2026-01-01T16:00:00Z"), // the end of the account's 1 January
	}
	w := flow.Window{Begin: at(t, "2026-01-01T15:00:00Z"), End: at(t, "2026-01-01T17:00:00Z")}
	got, err := transform.Facts(rules, w, answer(point(15*60, 5)))
	if err != nil {
		t.Fatal(err)
	}
	want := []flow.Fact{
		{Bucket: at(t, "2026-01-01T15:00:00Z"), Day: at(t, "2026-01-01T00:00:00Z"), Bytes: 5,
			Reported: true, Final: true},
		{Bucket: at(t, "2026-01-01T16:00:00Z"), Day: at(t, "2026-01-02T00:00:00Z")},
	}
	if diff := cmp.Diff(want, got.Facts); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

func TestDaysOverAChangeOfTheClocks(t *testing.T) {
	rules := transform.Rules{Calendar: flow.NewCalendar(flow.Daily, zone(t, "Europe/Berlin"))}
	w := flow.Window{Begin: at(t, "2026-03-27T23:00:00Z"), End: at(t, "2026-03-30T22:00:00Z")}
	day := func(text string, bytes uint64) flow.Point { return flow.Point{Time: at(t, text), Bytes: bytes} }
	got, err := transform.Facts(rules, w, answer(
		day("2026-03-26T23:00:00Z", 1), // the day before
		day("2026-03-27T23:00:00Z", 28), day("2026-03-28T23:00:00Z", 29), day("2026-03-29T22:00:00Z", 30),
		day("2026-03-30T22:00:00Z", 2), // the day after
	))
	if err != nil {
		t.Fatal(err)
	}
	if brief(got) != "28 29 30" {
		t.Errorf("facts %s", brief(got))
	}
	if diff := cmp.Diff(noticed{Reported: 3, Dropped: 2}, counts(got)); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	for i, want := range []string{"2026-03-28", "2026-03-29", "2026-03-30"} {
		if got := got.Facts[i].Day.Format(time.DateOnly); got != want {
			t.Errorf("fact %d is of %s, want %s", i, got, want)
		}
	}
}
