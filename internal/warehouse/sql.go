package warehouse

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"text/template"
	"time"
)

//go:embed sql/*.sql
var files embed.FS

var statements = ParseStatements(files)

// Statements are the SQL files of a package, as text/template. {{.Name}} is for text that a statement is assembled
// from; values are parameters of the server, {name:Type}. Each file is a statement with the file's name, and may
// define further templates.
type Statements struct{ all *template.Template }

// ParseStatements reads the files sql/*.sql. It panics if one does not parse or a name is defined twice: the build is
// broken.
func ParseStatements(files fs.FS) Statements {
	functions := template.FuncMap{
		"quote":   func(text any) string { return Quote(fmt.Sprint(text)) }, // of a string, or a type like flow.Region
		"instant": func(t time.Time) string { return fmt.Sprintf("toDateTime(%d, 'UTC')", t.Unix()) },
	}
	all := template.New("")
	names, err := fs.Glob(files, "sql/*.sql")
	if err != nil {
		panic("warehouse: " + err.Error()) // the pattern stands just above
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			panic("warehouse: " + err.Error()) // it was embedded
		}
		file := template.New(strings.TrimSuffix(path.Base(name), ".sql")).Option("missingkey=error").Funcs(functions)
		for _, piece := range template.Must(file.Parse(string(text))).Templates() {
			if all.Lookup(piece.Name()) != nil {
				panic("warehouse: " + name + " defines " + piece.Name() + ", which is there already")
			}
			template.Must(all.Funcs(functions).AddParseTree(piece.Name(), piece.Tree))
		}
	}
	return Statements{all.Option("missingkey=error")}
}

// Text returns a statement with data filled in. It panics if there is no such statement, or data lacks a field.
func (s Statements) Text(name string, data any) string {
	var out strings.Builder
	if err := s.all.ExecuteTemplate(&out, name, data); err != nil {
		panic("warehouse: " + err.Error())
	}
	return strings.TrimSpace(out.String())
}
