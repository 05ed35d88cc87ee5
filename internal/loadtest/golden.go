package loadtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const goldens = "testdata/golden"

// Golden compares the assembled statements of the test's package with the files testdata/golden/NAME.sql; with
// update it writes the files. NAME is the statement's file in sql/, and, where it is assembled in several ways, a
// dot and which: sums.directions.
//
// It fails for a file of sql/ without a golden file, unless pieces names it as a part of others, and for a golden
// file without a statement.
func Golden(t *testing.T, statements map[string]string, update bool, pieces ...string) {
	t.Helper()
	if update {
		Must(t, os.RemoveAll(goldens))
		Must(t, os.MkdirAll(goldens, 0o755))
	}
	rendered := map[string]bool{"shared": true}
	for _, piece := range pieces {
		rendered[piece] = true
	}
	for name, statement := range statements {
		statement += "\n"
		file := filepath.Join(goldens, name+".sql")
		if update {
			Must(t, os.WriteFile(file, []byte(statement), 0o600))
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("run the test with -update: %v", err)
		} else if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(statement, "\n")); diff != "" {
			t.Errorf("%s is not what is sent now: run the test with -update and look at the change\n"+
				"(the file -, the statement +)\n%s", file, diff)
		}
		base, _, _ := strings.Cut(name, ".")
		rendered[base] = true
	}
	for _, file := range files(t, "sql") {
		text, err := os.ReadFile(filepath.Join("sql", file+".sql"))
		Must(t, err)
		if strings.Contains(string(text), "{{") && !rendered[file] {
			t.Errorf("sql/%s.sql is assembled, and no golden file shows it", file)
		}
	}
	for _, file := range files(t, goldens) {
		if _, ok := statements[file]; !ok {
			t.Errorf("%s/%s.sql: nothing renders it any more", goldens, file)
		}
	}
}

// files are the names of the SQL files in a folder, without .sql.
func files(t *testing.T, folder string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.sql"))
	Must(t, err)
	for i, path := range paths {
		paths[i] = strings.TrimSuffix(filepath.Base(path), ".sql")
	}
	return paths
}
