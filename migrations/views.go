package migrations

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// The views are declared, not migrated: a file says what a view is, and mnaflow migrate makes anew each view that
// differs.
//
// A file begins with the view's comment, in lines that start with "-- ". CREATE VIEW, the columns, a line AS, and
// the SELECT follow. Every relation in it is written mnaflow.NAME, whatever the database is called. A name without a
// database would be looked up in the current database of whoever reads an outer view, with the rights of the view's
// definer (ClickHouse issue 87082).
//
//go:embed views/*.sql views/parts/*.sql
var viewFiles embed.FS

// View is a view as this program declares it.
type View struct {
	Name    string
	Public  bool   // readers may select from it; the other views are parts of public ones
	Comment string // ends with a mark, which has a hash of the declaration
	columns string // with their types and comments, in parentheses
	query   string // names are written mnaflow.NAME
}

// mark ends the comment of each view that this program made, such as " [mnaflow 1f3a5c07]". By it migrate knows which
// undeclared views it may drop, and a load which views an older program declared. It says nothing of what was done to
// the view by hand.
func mark(declaration string) string {
	sum := sha256.Sum256([]byte(declaration))
	return fmt.Sprintf(" [mnaflow %x]", sum[:4])
}

var anyMark = regexp.MustCompile(` \[mnaflow [0-9a-f]{8}\]$`)

// Marked says whether a comment is one of a view that this program made, in some version.
func Marked(comment string) bool { return anyMark.MatchString(comment) }

// relation matches mnaflow.NAME. Qualify puts the real database in place of mnaflow.
var relation = regexp.MustCompile(`\bmnaflow\.([a-z_]+)\b`)

// replaceRelations replaces each mnaflow.NAME with what by returns for NAME. It looks first whether there is any: most
// statements are long and name none.
func replaceRelations(text string, by func(name string) string) string {
	if !strings.Contains(text, "mnaflow.") {
		return text
	}
	return relation.ReplaceAllStringFunc(text, func(m string) string { return by(strings.TrimPrefix(m, "mnaflow.")) })
}

// Views lists the declared views, each after those that it reads.
func Views() []View { return slices.Clone(declared()) }

// declared are the views, parsed once, since every statement needs them.
var declared = sync.OnceValue(func() []View {
	var out []View
	for _, pattern := range []string{"views/parts/*.sql", "views/*.sql"} {
		names, err := fs.Glob(viewFiles, pattern)
		if err != nil {
			panic("migrations: " + err.Error()) // the pattern stands just above
		}
		for _, name := range names {
			v := parseView(strings.TrimSuffix(path.Base(name), ".sql"), read(viewFiles, name))
			v.Public = !strings.HasPrefix(name, "views/parts/")
			out = append(out, v)
		}
	}
	return inOrder(out)
})

// PublicViews lists the names of the views that readers select from.
func PublicViews() []string {
	var out []string
	for _, v := range Views() {
		if v.Public {
			out = append(out, v.Name)
		}
	}
	slices.Sort(out)
	return out
}

func parseView(name, text string) View {
	head, query, found := strings.Cut(text, "\nAS\n")
	comment, columns, create := strings.Cut(head, "\nCREATE VIEW mnaflow."+name+"\n")
	if !found || !create {
		panic("migrations: " + name + ".sql is no view with that name") // the build is broken
	}
	comment = strings.ReplaceAll(strings.TrimPrefix(comment, "-- "), "\n-- ", " ")
	return View{
		Name: name, Comment: comment + mark(text+Pinned()), columns: columns, query: strings.TrimSpace(query),
	}
}

// inOrder sorts views so that each comes after those that it reads.
func inOrder(views []View) []View {
	var out []View
	for len(out) < len(views) {
		before := len(out)
		for _, v := range views {
			missing := func(name string) bool { return holds(views, name) && !holds(out, name) }
			if !holds(out, v.Name) && !slices.ContainsFunc(v.reads(), missing) {
				out = append(out, v)
			}
		}
		if len(out) == before {
			panic("migrations: the views read each other in a circle") // the build is broken
		}
	}
	return out
}

func holds(views []View, name string) bool {
	return slices.ContainsFunc(views, func(v View) bool { return v.Name == name })
}

// reads lists the relations that the view names.
func (v View) reads() []string {
	var out []string
	for _, m := range relation.FindAllStringSubmatch(v.query, -1) {
		out = append(out, m[1])
	}
	return out
}

// ReadsViews says whether the view reads another one, and not tables alone.
func (v View) ReadsViews() bool {
	return slices.ContainsFunc(v.reads(), func(name string) bool { return holds(declared(), name) })
}

// Probe is a query that returns no rows and fails if the view cannot be read: a relation or a definer is gone.
func (v View) Probe(database string) string {
	arguments := ""
	if strings.Contains(v.query, "{at:String}") {
		arguments = "(at = '2026-01-01')"
	}
	return fmt.Sprintf("SELECT * FROM %s%s LIMIT 0", qualified(database, v.Name), arguments)
}

// Drop is the statement that drops a view. The name may hold any character.
func Drop(database, name string) string { return "DROP VIEW IF EXISTS " + qualified(database, name) }

// Create is the statement that makes the view in a database. An empty definer means the current user.
func (v View) Create(database, definer string) string {
	by := "CURRENT_USER"
	if definer != "" {
		by = Identifier(definer)
	}
	return fmt.Sprintf("CREATE OR REPLACE VIEW %s\n%s\nDEFINER = %s SQL SECURITY DEFINER\nAS %s\nSETTINGS %s\nCOMMENT %s",
		qualified(database, v.Name), v.columns, by, Qualify(v.query, database), Pinned(), literal(v.Comment))
}

// Qualify replaces mnaflow in each mnaflow.NAME of a statement with the name of the database.
func Qualify(statement, database string) string {
	return replaceRelations(statement, func(name string) string { return qualified(database, name) })
}

// Inline replaces each mnaflow.NAME that names a declared view with the view's query, and so on in those queries. The
// program's own statements read views that way: the result does not depend on what the database has under that name.
func Inline(statement string) string { return expand(statement, subqueries()) }

// subqueries are the declared queries, by the names of their views.
var subqueries = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for _, v := range declared() {
		out[v.Name] = v.subquery(expand(v.query, out))
	}
	return out
})

// expand replaces each mnaflow.NAME with the query of that name, if there is one.
func expand(text string, queries map[string]string) string {
	return replaceRelations(text, func(name string) string { return cmp.Or(queries[name], "mnaflow."+name) })
}

// column matches one of a view's columns, whose type may go over several lines.
var column = regexp.MustCompile(`(?ms)^ +([a-z_]+) +(.+?)\s+COMMENT `)

// subquery is a query in parentheses with its columns cast to the types that the view declares.
func (v View) subquery(query string) string {
	var casts []string
	for _, m := range column.FindAllStringSubmatch(v.columns, -1) {
		casts = append(casts, fmt.Sprintf("CAST(%s AS %s) AS %[1]s", m[1], m[2]))
	}
	return fmt.Sprintf("(SELECT %s FROM (%s))", strings.Join(casts, ", "), query)
}

func qualified(database, name string) string { return Identifier(database) + "." + Identifier(name) }

// Identifier quotes a name for SQL.
func Identifier(name string) string {
	return "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(name) + "`"
}

func literal(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}
