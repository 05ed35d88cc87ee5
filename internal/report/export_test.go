package report

import (
	"io/fs"
	"path"
	"strings"
)

// Assembled returns the statements that come from templates, by the names of their files.
func Assembled() map[string]string {
	names, _ := fs.Glob(files, "sql/*.sql")
	out := map[string]string{}
	for _, name := range names {
		text, _ := fs.ReadFile(files, name)
		statement := strings.TrimSuffix(path.Base(name), ".sql")
		if statement != "shared" && strings.Contains(string(text), "{{") {
			out[statement] = statements.Text(statement, nil)
		}
	}
	return out
}
