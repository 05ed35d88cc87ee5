package migrations

import (
	"io/fs"
	"slices"
	"strings"
)

// Table is one statement that makes or alters a table, as a file of migrations has it.
type Table struct{ Name, Statement string }

// Tables lists the statements in the order in which they are applied.
func Tables() []Table {
	names, err := fs.Glob(files, "*.up.sql")
	if err != nil {
		panic("migrations: " + err.Error()) // the pattern stands just above
	}
	var out []Table
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			panic("migrations: " + err.Error()) // it was embedded
		}
		statement := string(text)
		words := strings.Fields(strings.Replace(statement, "IF NOT EXISTS ", "", 1)) // CREATE TABLE name, ALTER TABLE name
		out = append(out, Table{Name: words[2], Statement: statement})
	}
	return out
}

// TableNames lists the names of the tables, sorted.
func TableNames() []string {
	var out []string
	for _, t := range Tables() {
		out = append(out, t.Name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
