package audit

import (
	"fmt"
	"strings"

	"github.com/mnaflow/mnaflow/internal/flow"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// sums compares the parts of one dimension with the whole, for each combination of the other dimensions. Example: the
// regions MC, AP, EU and AM with ALL. It is the data of the templates sums.sql and sums_skipped.sql. All fields but
// Whole, Compared and Count are SQL.
type sums struct {
	Dimension   string // its column: access_region
	Others      string // the columns of the other dimensions
	Names       string // array of the parts' names
	Parts       string // array of the parts' bytes
	Whole       string // ALL
	Compared    string // MC + AP + EU + AM = ALL
	Count       int    // number of parts, and one for the whole
	Chosen      string // condition: the verified facts
	DriftOfSum  string // a wrong unit of all parts, see drift
	DriftOfPart string // a wrong unit of one part
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

// drift returns an SQL expression that finds out whether figure a is figure b in another unit: bits, or a power of 1000
// or 1024. Its value is a text, empty if no unit fits. Example: 8000 and 1000 give "what is stored is 8 times (bits for
// bytes?) TotalValue".
//
// All arguments but parts are SQL expressions. The figures may differ by one smaller unit a part, since each part may
// have been rounded.
func drift(a, b, nameOfA, nameOfB string, parts int) string {
	return statements.Text("drift", struct {
		A, B, NameA, NameB string
		Parts              int
	}{a, b, nameOfA, nameOfB, parts})
}

// drifting is the data of a template with one drift.
type drifting struct{ Drift string }

func answersData() drifting {
	return drifting{drift("figure.3", "coalesce(figure.2, 0.)", "'what is stored'", "'TotalValue'", 1)}
}

func daysData() drifting {
	return drifting{drift("f.sum_of_hours", "f.day_bytes", "'the sum of the hours'", "'the day'", 24)}
}
