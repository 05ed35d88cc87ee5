package audit

import (
	"fmt"
	"strings"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// sums compares a whole with its parts: values of one dimension, while the others stay. It is what sums.sql and
// sums_skipped.sql are assembled of; all but Whole and Compared are SQL.
type sums struct {
	Dimension   string // column
	Others      string // columns
	Names       string // of the parts, an array
	Parts       string // their values, an array
	Whole       string
	Compared    string
	Count       int    // of values: the parts and the whole
	Chosen      string // which facts are read
	DriftOfSum  string
	DriftOfPart string
}

func directions() sums {
	return newSums("traffic_type", "account, granularity, access_region, gateway_type", "chosen_directions",
		string(flow.Total), string(flow.Uplink), string(flow.Downlink))
}

func regions() sums {
	return newSums("access_region", "account, granularity, gateway_type, traffic_type", "chosen_regions", string(flow.AllRegions),
		string(flow.MainlandChina), string(flow.AsiaPacific), string(flow.Europe), string(flow.America))
}

func newSums(dimension, others, chosen, whole string, parts ...string) sums {
	var names, values []string
	for _, p := range parts {
		names = append(names, warehouse.Quote(p))
		values = append(values, fmt.Sprintf("sumIf(toInt128(bytes), %s = %s)", dimension, warehouse.Quote(p)))
	}
	together, array := strings.Join(parts, " + "), "["+strings.Join(names, ", ")+"]"
	rest := warehouse.Quote("what " + whole + " leaves for it")
	ofPart := drift("p", "(whole - together + p)", "name", rest, len(parts))
	return sums{
		Dimension: dimension, Others: others, Names: array, Parts: "[" + strings.Join(values, ", ") + "]", Whole: whole,
		Compared: together + " = " + whole, Count: len(parts) + 1, Chosen: statements.Text(chosen, nil),
		DriftOfSum:  drift("together", "whole", warehouse.Quote(together), warehouse.Quote(whole), len(parts)),
		DriftOfPart: "arrayFirst(w -> w != '', arrayMap((p, name) -> " + ofPart + ", parts, " + array + "))",
	}
}

// drift is an expression that says whether one of two figures is the other in another unit: bits, or a power of 1000 or
// 1024; empty where not. Their names are expressions too. Each of so many parts may have been rounded in the smaller
// unit. Example: 8000 and 1000 give "what is stored is 8 times (bits for bytes?) TotalValue".
func drift(a, b, nameOfA, nameOfB string, parts int) string {
	return statements.Text("drift", struct {
		A, B, NameA, NameB string
		Parts              int
	}{a, b, nameOfA, nameOfB, parts})
}

// drifting is what a statement is assembled of that has one drift in it.
type drifting struct{ Drift string }

func answersData() drifting {
	return drifting{drift("figure.3", "coalesce(figure.2, 0.)", "'what is stored'", "'TotalValue'", 1)}
}

func daysData() drifting {
	return drifting{drift("f.sum_of_hours", "f.day_bytes", "'the sum of the hours'", "'the day'", 24)}
}
