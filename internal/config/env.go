package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var variable = regexp.MustCompile(`(?s)^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$`)

// expand replaces ${NAME} and ${NAME:-default} in text by the value of the variable NAME in env, and $$ by $. Any
// other $ stays.
//
// The default applies if the variable is unset or empty. Neither the default nor the value of a variable is expanded
// again. replaced reports whether text had a variable. The error never holds the value of one.
func expand(text string, env func(string) (string, bool)) (out string, replaced bool, err error) {
	var b strings.Builder
	var missing []string
	for {
		before, after, found := strings.Cut(text, "$")
		b.WriteString(before)
		switch {
		case !found:
			if len(missing) > 0 {
				return "", replaced, fmt.Errorf("not set in the environment: %s; set it, or write a default, as in "+
					"${%s:-default}",
					strings.Join(missing, ", "), missing[0])
			}
			return b.String(), replaced, nil
		case strings.HasPrefix(after, "{"):
			inside, rest, closed := strings.Cut(after[1:], "}")
			m := variable.FindStringSubmatch(inside)
			if !closed || m == nil || strings.Contains(m[2], "${") {
				return "", replaced, errors.New("a ${ here names no variable; write ${NAME} or ${NAME:-default}, " +
					"and $$ for a dollar sign")
			}
			content, set := env(m[1])
			if content == "" && strings.Contains(inside, ":-") {
				content, set = m[2], true
			}
			if !set {
				missing = append(missing, m[1])
			}
			b.WriteString(content)
			text, replaced = rest, true
		default:
			b.WriteByte('$')
			text = strings.TrimPrefix(after, "$")
		}
	}
}
