package flow

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Foreign makes text that others wrote safe to show and to store: a service's message, a request id, a name read back
// from the warehouse.
//
// It turns characters that a terminal obeys or a reader does not see into visible escapes: control characters, those
// that change the direction of text or have no width, and bytes that are not UTF-8 (\x1b, \u202e, \u200b, \xff). Each
// run of white space becomes one space. A text longer than most characters is cut and ends in "…".
//
// Safe text is unchanged, so Foreign(Foreign(s)) = Foreign(s). A name that the configuration allows can only come
// from itself, so foreign text cannot pose as one.
func Foreign(s string, most int) string {
	var out strings.Builder
	length, cut, space := 0, 0, false
	add := func(piece string) (full bool) {
		if length < most {
			cut = out.Len() // the ellipsis goes here if the text is too long
		}
		out.WriteString(piece)
		length += utf8.RuneCountInString(piece)
		return length > most
	}
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		piece := s[i : i+size]
		i += size
		switch {
		case r == utf8.RuneError && size == 1:
			piece = fmt.Sprintf(`\x%02x`, piece[0])
		case unicode.IsSpace(r):
			if space {
				continue
			}
			piece = " "
		case r < utf8.RuneSelf && !unicode.IsPrint(r):
			piece = fmt.Sprintf(`\x%02x`, r)
		case !unicode.IsPrint(r) || r == brailleBlank ||
			unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
			piece = strings.Trim(fmt.Sprintf("%+q", r), "'")
		}
		space = piece == " "
		if add(piece) {
			return out.String()[:cut] + "…"
		}
	}
	return out.String()
}

// brailleBlank is printable by Unicode's tables, and blank.
const brailleBlank = '\u2800'
