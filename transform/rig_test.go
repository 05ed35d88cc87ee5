package transform_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones must load wherever the tests run

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/transform"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return v.UTC()
}

// zero is the first hour of the windows in these tables.
var zero = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// point returns a point at a time in minutes after zero: hour 3 is 3*60.
func point(minutes int, bytes uint64) flow.Point {
	return flow.Point{Time: zero.Add(time.Duration(minutes) * time.Minute), Bytes: bytes}
}

func rounded(minutes int, bytes uint64) flow.Point {
	p := point(minutes, bytes)
	p.Fractional = true
	return p
}

// answer returns an answer with the points and the right totals.
func answer(points ...flow.Point) flow.Answer {
	var sum, most uint64
	for _, p := range points {
		sum += p.Bytes
		most = max(most, p.Bytes)
	}
	return claims(float64(sum), float64(most), points...)
}

// claims returns an answer with the points and the given totals.
func claims(total, most float64, points ...flow.Point) flow.Answer {
	return flow.Answer{
		Points: points, Total: &total, Max: &most, Avg: new(total / 2), RequestID: "r-1",
		Sent: flow.Stamp{At: zero.Add(time.Hour), Version: 7}, Attempts: 3, Throttled: 2,
	}
}

// four is the window of the hours 0 to 3.
var four = flow.Window{Begin: zero, End: zero.Add(4 * time.Hour)}

func hourly() transform.Rules {
	return transform.Rules{Calendar: flow.NewCalendar(flow.Hourly, time.UTC)}
}

// brief prints facts briefly: one value a bucket, "-" for none.
func brief(e flow.Transformed) string {
	var words []string
	for _, f := range e.Facts {
		word := "-"
		if f.Reported {
			word = strconv.FormatUint(f.Bytes, 10)
		} else if f.Bytes != 0 {
			word = "unreported " + strconv.FormatUint(f.Bytes, 10)
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// refusal checks an error's class, its text and the fields that the ledger stores.
func refusal(t *testing.T, err error, class flow.Class, text string, a flow.Answer) {
	t.Helper()
	e, ok := errors.AsType[*flow.Error](err)
	if !ok {
		t.Fatalf("error %v, want one of class %s: %s", err, class, text)
	}
	want := flow.Error{Class: class, RequestID: a.RequestID, Sent: a.Sent, Attempts: a.Attempts, Throttled: a.Throttled}
	got := *e
	got.Err = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if e.Err.Error() != text {
		t.Errorf("error\n%s, want\n%s", e.Err, text)
	}
}
