package warehouse_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mnaflow/mnaflow/internal/chlocal/chtest"
	"github.com/mnaflow/mnaflow/internal/loadtest"
	"github.com/mnaflow/mnaflow/internal/warehouse"
)

// ask sends values as parameters, and returns what the server took them for.
func ask[T any](t loadtest.Tester, w *loadtest.Warehouse, query string, values warehouse.Values) T {
	t.Helper()
	q := warehouse.Query{Doing: "asking for values", SQL: query, Values: values, Raw: true}
	one := func(scan func(...any) error) (v T, err error) { return v, scan(&v) }
	rows, err := warehouse.Select(t.Context(), w.DB, q, one)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return rows[0]
}

// awkward texts have all that a server, a protocol or a template may take for something else.
func awkward() []string {
	return []string{
		"", " ", "main", "it's", "'", "''", `"quoted"`, "`back`",
		`back\slash`, `\`, `\\`, `\'`, `'\`, `\n`, `\N`, `\0`, `\x41`,
		"a\tb", "a\nb", "a\r\nb", "a\x00b", "\x00", "a\bb\fc\vd\ae", "\n", "\t", "\x7f",
		"日本", "naïve €", "\u2028", "😀", "\ufeff",
		"NULL", "null", "[]", "[1, 2]", "a, b", "a', 'b", "], [",
		"{x:String}", "?", "$1", "%s", "{{.}}", "--", "/*", "&=+%20",
		"\xff\xfe", "a\xc3", // no UTF-8
	}
}

// What is sent as a value is what the server takes it for, whatever it is, over both protocols.
func TestValues(t *testing.T) {
	for name, config := range ways(chtest.Open(t)) {
		w := connect(t, config)
		for _, text := range awkward() {
			if got := ask[string](t, w, "SELECT {v:String}", warehouse.Values{"v": text}); got != text {
				t.Errorf("%s: %q comes as %q", name, text, got)
			}
			list := []string{text, "between", text}
			if got := ask[[]string](t, w, "SELECT {v:Array(String)}", warehouse.Values{"v": list}); !slices.Equal(got, list) {
				t.Errorf("%s: %q comes as %q", name, list, got)
			}
		}
		all := ask[[]string](t, w, "SELECT {v:Array(String)}", warehouse.Values{"v": awkward()})
		if diff := cmp.Diff(awkward(), all); diff != "" {
			t.Errorf("%s: all of them in one list: %s", name, diff)
		}
		for _, none := range [][]string{nil, {}} {
			if got := ask[uint64](t, w, "SELECT length({v:Array(String)})", warehouse.Values{"v": none}); got != 0 {
				t.Errorf("%s: a list of none comes as one of %d", name, got)
			}
		}
		// Several at once, of which each keeps its own.
		got := ask[[]string](t, w, "SELECT [{a:String}, {b:String}, {a:String}, {ab:String}]",
			warehouse.Values{"a": "{b:String}", "b": "it's", "ab": "\\"})
		if want := []string{"{b:String}", "it's", "{b:String}", "\\"}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		for _, n := range []int{0, 1, -1, math.MaxInt64, math.MinInt64} {
			if got := ask[int64](t, w, "SELECT {v:Int64}", warehouse.Values{"v": n}); got != int64(n) {
				t.Errorf("%s: %d comes as %d", name, n, got)
			}
		}
		numbers := []uint32{0, math.MaxUint32, 1}
		if got := ask[[]uint32](t, w, "SELECT {v:Array(UInt32)}", warehouse.Values{"v": numbers}); !slices.Equal(got, numbers) {
			t.Errorf("%s: %d comes as %d", name, numbers, got)
		}
		const largest = uint64(math.MaxUint64)
		if got := ask[uint64](t, w, "SELECT {v:UInt64}", warehouse.Values{"v": largest}); got != largest {
			t.Errorf("%s: %d comes as %d", name, largest, got)
		}
	}
}

// A time is the same instant, whatever its zone; one that a DateTime cannot hold is the nearest that it can.
func TestTimesAsValues(t *testing.T) {
	tokyo := loadtest.Zone(t, "Asia/Tokyo")
	first, last := time.Unix(0, 0).UTC(), time.Unix(math.MaxUint32, 0).UTC()
	for name, config := range ways(chtest.Open(t)) {
		w := connect(t, config)
		for _, tt := range []struct{ sent, want time.Time }{
			{at("2026-02-01T10:20"), at("2026-02-01T10:20")},
			{at("2026-02-01T10:20").In(tokyo), at("2026-02-01T10:20")},
			{at("2026-02-01T10:20:30.999Z"), at("2026-02-01T10:20:30Z")},
			{first, first},
			{first.Add(time.Second), first.Add(time.Second)}, // few digits are no date
			{first.Add(9999 * time.Second), first.Add(9999 * time.Second)},
			{at("1969-12-31"), first},
			{time.Time{}, first},
			{last, last},
			{last.Add(time.Second), last},
			{at("9999-12-31"), last},
		} {
			got := ask[time.Time](t, w, "SELECT {v:DateTime('UTC')}", warehouse.Values{"v": tt.sent})
			if !got.Equal(tt.want) {
				t.Errorf("%s: %s comes as %s, want %s", name, tt.sent, got.UTC(), tt.want)
			}
		}
	}
}

// Any text, alone and in a list.
func TestAnyTextAsValue(t *testing.T) {
	for name, config := range ways(chtest.Open(t)) {
		w := connect(t, config)
		t.Run(name, func(t *testing.T) {
			pieces := rapid.OneOf(rapid.SampledFrom(awkward()), rapid.String(), rapid.StringN(0, 3, -1))
			rapid.Check(t, func(t *rapid.T) {
				texts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
					return pieces.Draw(t, "first") + pieces.Draw(t, "second")
				}), 0, 20).Draw(t, "texts")
				if got := ask[[]string](t, w, "SELECT {v:Array(String)}", warehouse.Values{"v": texts}); !slices.Equal(got, texts) {
					t.Errorf("%q comes as %q", texts, got)
				}
				for _, text := range texts[:min(1, len(texts))] {
					if got := ask[string](t, w, "SELECT {v:String}", warehouse.Values{"v": text}); got != text {
						t.Errorf("%q comes as %q", text, got)
					}
				}
			})
		})
	}
}
