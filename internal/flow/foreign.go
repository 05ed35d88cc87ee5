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
// What a terminal obeys or a reader does not see becomes a visible escape: control and escape characters, those that
// turn the direction of text, those without a width, and bytes that are no UTF-8 (\x1b, \u202e, \u200b, \xff). White
// space of any kind and length becomes one space. More than most characters are cut, and the last is then "…".
//
// What is safe stays as it is, so that doing it twice changes nothing; and nothing else becomes a name that the
// configuration allows.
func Foreign(s string, most int) string {
	var out strings.Builder
	length, cut, space := 0, 0, false
	add := func(piece string) (full bool) {
		if length < most {
			cut = out.Len() // where the ellipsis would stand
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

// brailleBlank counts as a symbol and shows nothing.
const brailleBlank = '\u2800'
