package transform_test

import (
	"math"
	"testing"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/transform"
)

// TestTotals compares TotalValue and MaxValue with the points, with a tolerance of one byte a point or 1e-9.
func TestTotals(t *testing.T) {
	one := []flow.Point{point(0, 100)}
	four := []flow.Point{point(0, 100), point(60, 200), point(120, 300), point(180, 400)}
	twice := []flow.Point{point(0, 100), point(60, 200), point(60, 200)}
	outside := []flow.Point{point(-60, 900), point(0, 100)}
	const giga = 1e12
	big := []flow.Point{point(0, giga), point(60, giga)}
	top := []flow.Point{point(0, math.MaxUint64), point(60, math.MaxUint64), point(120, math.MaxUint64)}
	for _, c := range []struct {
		what        string
		points      []flow.Point
		total, most float64
		fault       string // empty: it agrees
	}{
		{"exact", four, 1000, 400, ""},
		{"a byte a point more", four, 1004, 400, ""},
		{"a byte a point less", four, 996, 400, ""},
		{"more than a byte a point", four, 1004.01, 400, "TotalValue 1004, but its 4 points sum to 1000"},
		{"less than a byte a point", four, 995.99, 400, "TotalValue 996, but its 4 points sum to 1000"},
		{"one point, a byte more", one, 101, 100, ""},
		{"one point, two bytes more", one, 102, 100, "TotalValue 102, but its 1 points sum to 100"},
		{"the maximum a byte more", four, 1000, 401, ""},
		{"the maximum a byte less", four, 1000, 399, ""},
		{"the maximum's slack does not grow with the points", four, 1000, 402,
			"MaxValue 402, but its highest point is 400"},
		{"the maximum too low", four, 1000, 300, "MaxValue 300, but its highest point is 400"},
		{"bits instead of bytes", four, 8000, 3200, "TotalValue 8000, but its 4 points sum to 1000"},
		{"total of nothing", four, 0, 400, "TotalValue 0, but its 4 points sum to 1000"},
		{"a point of two, left out", four[:3], 1000, 400, "TotalValue 1000, but its 3 points sum to 600"},
		{"repetitions counted", twice, 500, 200, ""},
		{"repetitions not counted", twice, 300, 200, ""},
		{"repetitions half counted", twice, 400, 200, "TotalValue 400, but its 2 points sum to 300"},
		{"points outside the window count", outside, 1000, 900, ""},
		{"points outside the window left out of the sum", outside, 100, 900,
			"TotalValue 100, but its 2 points sum to 1000"},
		{"points outside the window left out of the maximum", outside, 1000, 100,
			"MaxValue 100, but its highest point is 900"},
		{"1e-9 of the sum", big, 2*giga + 2000, giga, ""},
		{"more than 1e-9 of the sum", big, 2*giga + 2001, giga,
			"TotalValue 2000000002001, but its 2 points sum to 2000000000000"},
		{"1e-9 of the maximum", big, 2 * giga, giga - 1000, ""},
		{"more than 1e-9 of the maximum", big, 2 * giga, giga - 1001,
			"MaxValue 999999998999, but its highest point is 1000000000000"},
		{"a sum above 2^64", top, 3 * (1 << 64), 1 << 64, ""},
		{"a sum above 2^64, lost in an overflow", top, math.MaxUint64 - 2, 1 << 64,
			"TotalValue 18446744073709551616, but its 3 points sum to 55340232221128654848"},
		{"nothing", nil, 0, 0, ""},
		{"nothing, and a total", nil, 1, 0, "TotalValue 1, but its 0 points sum to 0"},
		{"nothing, and half a byte in total", nil, 0.5, 0, "TotalValue 0, but its 0 points sum to 0"},
		{"nothing, and a maximum", nil, 0, 2, "MaxValue 2, but its highest point is 0"},
	} {
		t.Run(c.what, func(t *testing.T) { checkTotals(t, claims(c.total, c.most, c.points...), c.fault) })
	}
}

// TestMissingTotals: only an answer without points may lack its totals.
func TestMissingTotals(t *testing.T) {
	two := []flow.Point{point(0, 100), point(60, 200)}
	for _, c := range []struct {
		what        string
		points      []flow.Point
		total, most *float64
		fault       string
	}{
		{"no points, neither", nil, nil, nil, ""},
		{"no points, a sum of 0 alone", nil, new(float64(0)), nil, ""},
		{"no points, a maximum of 0 alone", nil, nil, new(float64(0)), ""},
		{"no points, a sum alone", nil, new(float64(5000)), nil, "TotalValue 5000, but its 0 points sum to 0"},
		{"no points, a maximum alone", nil, nil, new(float64(5000)), "MaxValue 5000, but its highest point is 0"},
		{"points, neither", two, nil, nil, "2 points without TotalValue or MaxValue"},
		{"points, no sum", two, nil, new(float64(200)), "2 points without TotalValue or MaxValue"},
		{"points, no maximum", two, new(float64(300)), nil, "2 points without TotalValue or MaxValue"},
	} {
		t.Run(c.what, func(t *testing.T) {
			a := answer(c.points...)
			a.Total, a.Max = c.total, c.most
			checkTotals(t, a, c.fault)
		})
	}
}

// checkTotals expects the fault as an error, or, with answer_check: record, as a remark.
func checkTotals(t *testing.T, a flow.Answer, fault string) {
	t.Helper()
	e, err := transform.Facts(hourly(), four, a)
	if fault == "" {
		if err != nil || e.Remark != "" {
			t.Errorf("error %v, remark %q", err, e.Remark)
		}
		return
	}
	refusal(t, err, flow.Disagrees, fault, a)
	if len(e.Facts) != 0 {
		t.Errorf("%d facts of an answer that is not believed", len(e.Facts))
	}

	rules := hourly()
	rules.Record = true
	e, err = transform.Facts(rules, four, a)
	if err != nil {
		t.Fatalf("recording: %v", err)
	}
	if e.Remark != fault || len(e.Facts) != 4 {
		t.Errorf("recording: remark %q with %d facts, want %q", e.Remark, len(e.Facts), fault)
	}
}
