package warehouse

import (
	"slices"
	"strings"
)

// What is compared of a column, and of a table.
const typeClause = "type"

var (
	columnClauses = []string{typeClause, "DEFAULT", "MATERIALIZED", "ALIAS", "EPHEMERAL", "CODEC", "TTL"}
	otherClauses  = []string{"COMMENT", "STATISTICS", "SETTINGS", "PRIMARY KEY"}
	tableClauses  = []string{"ENGINE", "PARTITION BY", "ORDER BY", "TTL"}
)

// clauses are parts of a statement by the words that they begin with.
type clauses map[string]string

// tableForm is what the statements that make a table declare.
type tableForm struct {
	columns     map[string]clauses
	order       []string // of the columns
	clauses     clauses  // of the table
	constraints []string // name and condition: "positive CHECK bytes > 0"
}

// add reads a CREATE TABLE, or an ALTER TABLE that adds or modifies columns, in the form of the server's formatQuery: a
// line for each column and clause.
func (s *tableForm) add(form string) {
	clause := ""
	for line := range strings.Lines(form) {
		line = strings.TrimRight(line, "\n")
		indented := strings.HasPrefix(line, "    ")
		if word, rest, ok := cutKeyword(line, tableClauses); ok {
			clause, s.clauses[word] = word, strings.TrimPrefix(rest, "= ")
			continue
		}
		if indented && clause != "" { // a clause of several lines
			s.clauses[clause] += " " + strings.TrimSpace(line)
			continue
		}
		clause = ""
		if !indented {
			continue
		}
		definition := strings.TrimSuffix(strings.TrimSpace(line), ",")
		if altered, ok := strings.CutPrefix(definition, "("); ok { // of an ALTER TABLE
			definition = strings.TrimSuffix(altered, ")")
			definition = strings.TrimPrefix(definition, "ADD COLUMN IF NOT EXISTS ")
			definition = strings.TrimPrefix(definition, "MODIFY COLUMN ")
		}
		if constraint, ok := strings.CutPrefix(definition, "CONSTRAINT "); ok {
			s.constraints = append(s.constraints, constraint)
		}
		if !strings.HasPrefix(definition, "`") {
			continue // or an index or a projection
		}
		name, rest, _ := strings.Cut(definition[1:], "` ")
		if s.columns[name] == nil {
			s.order = append(s.order, name)
		}
		s.columns[name] = columnOf(rest)
	}
	s.clauses["ENGINE"] = bareEngine(s.clauses["ENGINE"])
}

// columnOf splits the definition of a column: its type, then clauses in any order.
func columnOf(definition string) clauses {
	out, clause := clauses{}, typeClause
	var words []string
	flush := func() {
		out[clause] = strings.Join(words, " ")
		words = nil
	}
	rest := definition
	for rest != "" {
		if word, after, ok := cutKeyword(rest, slices.Concat(columnClauses[1:], otherClauses)); ok {
			flush()
			clause, rest = word, after
			continue
		}
		var word string
		word, rest = cutWord(rest)
		words = append(words, word)
	}
	flush()
	out["CODEC"] = bareCodec(out["CODEC"])
	return out
}

// cutKeyword cuts one of the keywords from the beginning of a text.
func cutKeyword(text string, keywords []string) (word, rest string, ok bool) {
	for _, k := range keywords {
		if rest, ok := strings.CutPrefix(text, k); ok && (rest == "" || rest[0] == ' ' || rest[0] == '(') {
			return k, strings.TrimPrefix(rest, " "), true
		}
	}
	return "", text, false
}

// cutWord cuts a text at the first space outside of quotes and parentheses.
func cutWord(text string) (word, rest string) {
	depth, quote := 0, byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '`' || c == '"':
			quote = c
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == ' ' && depth == 0:
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

// bareCodec leaves out what the server adds to a codec: the width of Delta, the level of ZSTD.
func bareCodec(codec string) string {
	for _, width := range []string{"1", "2", "4", "8"} {
		codec = strings.ReplaceAll(codec, "Delta("+width+")", "Delta")
	}
	return strings.ReplaceAll(codec, "ZSTD(1)", "ZSTD")
}

// bareEngine leaves out what a cluster adds to an engine: Replicated or Shared, and where the replicas meet.
func bareEngine(engine string) string {
	engine = strings.TrimPrefix(strings.TrimPrefix(engine, "Replicated"), "Shared")
	name, arguments, _ := strings.Cut(strings.TrimSuffix(engine, ")"), "(")
	var own []string
	for a := range strings.SplitSeq(arguments, ", ") {
		if a != "" && !strings.HasPrefix(a, "'") {
			own = append(own, a)
		}
	}
	return name + "(" + strings.Join(own, ", ") + ")"
}
