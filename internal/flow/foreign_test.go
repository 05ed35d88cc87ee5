package flow

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestForeign(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"", 5, ""},
		{"main", 64, "main"},
		{"请求参数错误: é, naïve, 10 µs", 64, "请求参数错误: é, naïve, 10 µs"},
		{`C:\temp and \u202e as letters`, 64, `C:\temp and \u202e as letters`},
		{"one\r\n\ttwo  three\u00a0\u2028four ", 64, "one two three four "},
		{"\x1b[2J\x1b]0;owned\x07", 64, `\x1b[2J\x1b]0;owned\x07`},
		{"\x00\x08\x7f", 64, `\x00\x08\x7f`},
		{"\u009b31m C1", 64, `\u009b31m C1`},
		{"a\u202eb\u2066c\u200bd\ufeffe\u00adf\u061cg", 90, `a\u202eb\u2066c\u200bd\ufeffe\u00adf\u061cg`},
		{"\U000e0041 tag, \ufe0f selector, \u3164 filler, \u2800 blank, \u034f joiner", 99,
			`\U000e0041 tag, \ufe0f selector, \u3164 filler, \u2800 blank, \u034f joiner`},
		{"\xff\xc3(", 64, `\xff\xc3(`},
		{"abcdef", 6, "abcdef"}, {"abcdefg", 6, "abcde…"}, {"ééééééé", 6, "ééééé…"},
		{"abc\x1b", 6, "abc…"}, // never half an escape
		{"abcd\x1b and more", 8, "abcd…"}, {"abc\x1b and more", 8, `abc\x1b…`},
	} {
		if got := Foreign(c.text, c.most); got != c.want {
			t.Errorf("Foreign(%q, %d) = %q, want %q", c.text, c.most, got, c.want)
		}
	}
}

// anything draws texts with many dangerous characters.
func anything() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) }),
		rapid.StringOf(rapid.SampledFrom([]rune("a \t\n\r\x00\x1b\x7f\u0085\u009b\u00a0\u00ad\u061c"+
			"\u200b\u200f\u2028\u202e\u2066\u2800\u3164\ufe0f\ufeff\ufffd\U000e0041…\\"))),
		rapid.StringMatching(`[a-z0-9][a-z0-9_-]{0,63}`),
	)
}

var nameOfConfig = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

func TestForeignHoldsForAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, most := anything().Draw(t, "text"), rapid.IntRange(1, 80).Draw(t, "most")
		got := Foreign(text, most)
		if n := utf8.RuneCountInString(got); n > most || !utf8.ValidString(got) {
			t.Fatalf("%q: %d characters of %d, valid: %v", got, n, most, utf8.ValidString(got))
		}
		for _, r := range got {
			if !unicode.IsPrint(r) || unicode.In(r, unicode.Cf, unicode.Cc, unicode.Bidi_Control,
				unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
				t.Fatalf("%q holds %U", got, r)
			}
		}
		if again := Foreign(got, most); again != got {
			t.Fatalf("twice: %q, then %q", got, again)
		}
		if nameOfConfig.MatchString(got) && got != text {
			t.Fatalf("%q becomes the name %q", text, got)
		}
		if nameOfConfig.MatchString(text) && most >= 64 && got != text {
			t.Fatalf("the name %q becomes %q", text, got)
		}
	})
}

func TestForeignOfAMegabyteCostsLittle(t *testing.T) {
	huge := strings.Repeat("\x1b", 1<<20)
	if n := testing.AllocsPerRun(10, func() { Foreign(huge, 64) }); n > 100 {
		t.Errorf("%v allocations", n)
	}
}

func TestMask(t *testing.T) {
	const secret, token = "AKID/se+cret=1234", "a-token-that-nobody-may-see"
	forms := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret)),
		base64.URLEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret)),
		strings.ToUpper(hex.EncodeToString([]byte(secret))), token,
	}
	text := "the key " + strings.Join(forms, ", ") + " is refused"
	got := Mask(text, secret, token, "", "short")
	for _, form := range forms {
		if strings.Contains(got, strings.TrimRight(form, "=")) {
			t.Errorf("%q stands in %s", form, got)
		}
	}
	if !strings.HasPrefix(got, "the key ***") || !strings.HasSuffix(got, " is refused") ||
		Mask("a short word", "", "short") != "a short word" {
		t.Error(got)
	}
}

func TestForeignErrorIsStillTheError(t *testing.T) {
	err := fmt.Errorf("asking\x1b[2J with s3cr3t-key: %w", context.DeadlineExceeded)
	got := ForeignError(err, 200, "s3cr3t-key")
	if want := `asking\x1b[2J with ***: context deadline exceeded`; got.Error() != want ||
		!errors.Is(got, context.DeadlineExceeded) {
		t.Errorf("%v, want %s", got, want)
	}
	if err := ForeignError(context.Canceled, 200); ForeignError(nil, 200) != nil ||
		!errors.Is(err, context.Canceled) || err.Error() != context.Canceled.Error() {
		t.Error("what needs nothing is changed")
	}
}
