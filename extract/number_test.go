package extract

import (
	"fmt"
	"math/big"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestParseBytes(t *testing.T) {
	for _, c := range []struct {
		text       string
		bytes      uint64
		fractional bool
		fault      string
	}{
		{"0", 0, false, ""},
		{"-0", 0, false, ""},
		{"0.0", 0, false, ""},
		{"0e9", 0, false, ""},
		{"0.499", 0, true, ""},
		{"0.5", 1, true, ""},
		{"1.499999999999999999999999", 1, true, ""}, // a float64 would make it 1.5
		{"1.5", 2, true, ""},
		{"2.5", 3, true, ""}, // half up, not to even
		{"1234.000", 1234, false, ""},
		{"1.234E9", 1234000000, false, ""},
		{"9007199254740993", 1<<53 + 1, false, ""},
		{"9007199254740993.0", 1<<53 + 1, false, ""},
		{"9.007199254740993e15", 1<<53 + 1, false, ""},
		{"9007199254740992.5", 1<<53 + 1, true, ""},
		{"18446744073709551615", 1<<64 - 1, false, ""},
		{"18446744073709551615.0", 1<<64 - 1, false, ""},
		{"1.8446744073709551615e19", 1<<64 - 1, false, ""},
		{"18446744073709551615.4", 1<<64 - 1, true, ""},
		{"18446744073709551615.5", 0, false, "more bytes than 64 bits hold"},
		{"18446744073709551616", 0, false, "more bytes than 64 bits hold"},
		{"1e30", 0, false, "more bytes than 64 bits hold"},
		{"1e-30", 0, true, ""},
		{"1e-400", 0, true, ""},
		{"1e-999999999", 0, true, ""}, // at once: the exact number would fill the memory
		{"0e-999999999", 0, false, ""},
		{"1e999999999", 0, false, "not a number of bytes"},
		{"-1", 0, false, "negative"},
		{"-1e-5", 0, false, "negative"},
		{"-Inf", 0, false, "not a number of bytes"},
		{"Inf", 0, false, "not a number of bytes"},
		{"NaN", 0, false, "not a number of bytes"},
		{"", 0, false, "not a number of bytes"},
		{"null", 0, false, "not a number of bytes"},
		{"1/2", 0, false, "not a number of bytes"},
		{"1 000", 0, false, "not a number of bytes"},
		{"0x1p3", 0, false, "not a number of bytes"},
		{"1_000", 0, false, "not a number of bytes"},
	} {
		bytes, fractional, err := parseBytes(c.text)
		fault := ""
		if err != nil {
			fault = err.Error()
		}
		if bytes != c.bytes || fractional != c.fractional || fault != c.fault {
			t.Errorf("parseBytes(%q) = %d, %t, %q; want %d, %t, %q", c.text, bytes, fractional, fault, c.bytes,
				c.fractional, c.fault)
		}
	}
}

// decimal draws a number as JSON spells it.
func decimal(t *rapid.T) string {
	text := rapid.SampledFrom([]string{"", "", "", "-"}).Draw(t, "sign")
	text += strconv.FormatUint(rapid.Uint64().Draw(t, "whole"), 10)
	if digits := rapid.StringMatching(`[0-9]{0,25}`).Draw(t, "fraction"); digits != "" {
		text += "." + digits
	}
	if rapid.Bool().Draw(t, "scientific") {
		text += fmt.Sprintf("%s%d", rapid.SampledFrom([]string{"e", "E", "e+"}).Draw(t, "e"),
			rapid.IntRange(0, 30).Draw(t, "up"))
	} else if rapid.Bool().Draw(t, "small") {
		text += fmt.Sprintf("e-%d", rapid.IntRange(0, 400).Draw(t, "down"))
	}
	return text
}

// TestParseBytesIsExact compares parseBytes with exact arithmetic in fractions.
func TestParseBytesIsExact(t *testing.T) {
	limit := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), 64))
	rapid.Check(t, func(t *rapid.T) {
		text := decimal(t)
		exact, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("%q is no number", text)
		}
		up := new(big.Rat).Add(exact, big.NewRat(1, 2))
		bytes, fractional, err := parseBytes(text)
		if nearest, _ := exact.Float64(); exact.Sign() < 0 && nearest == 0 {
			return // nearer to 0 than any float64: taken for 0
		}
		if exact.Sign() < 0 || up.Cmp(limit) >= 0 {
			if err == nil {
				t.Fatalf("parseBytes(%q) = %d", text, bytes)
			}
			return
		}
		if err != nil {
			t.Fatalf("parseBytes(%q): %v", text, err)
		}
		// Half up: bytes <= exact + 1/2 < bytes + 1.
		low := new(big.Rat).SetInt(new(big.Int).SetUint64(bytes))
		if low.Cmp(up) > 0 || up.Cmp(low.Add(low, big.NewRat(1, 1))) >= 0 {
			t.Fatalf("parseBytes(%q) = %d", text, bytes)
		}
		if fractional == exact.IsInt() {
			t.Fatalf("parseBytes(%q): fractional = %t", text, fractional)
		}
	})
}

func TestWholeNumbersSurviveInEveryForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64().Draw(t, "n")
		text := strconv.FormatUint(n, 10)
		for _, form := range []string{text, `"` + text + `"`, text + ".0", text + "e0",
			text[:1] + "." + text[1:] + "0e" + strconv.Itoa(len(text)-1)} {
			answer, err := decode([]byte(body(`[{"Current":`+form+`,"Time":"3600"}]`, "")))
			if err != nil {
				t.Fatalf("%s: %v", form, err)
			}
			if p := answer.Points[0]; p.Bytes != n || p.Fractional {
				t.Fatalf("%s: %+v", form, p)
			}
		}
	})
}
