package migrations

import "strings"

// Table is one statement that makes or alters a table, as a file of migrations has it.
type Table struct{ Name, Statement string }

// Tables lists the statements in the order in which they are applied.
func Tables() []Table {
	var out []Table
	for _, name := range names() {
		statement := read(files, name)
		words := strings.Fields(strings.Replace(statement, "IF NOT EXISTS ", "", 1)) // CREATE TABLE name, ALTER TABLE name
		out = append(out, Table{Name: words[2], Statement: statement})
	}
	return out
}
