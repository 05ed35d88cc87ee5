package migrations_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mnaflow/mnaflow/migrations"
)

var update = flag.Bool("update", false, "write schema.sql instead of comparing it")

const page = "schema.sql"

const heading = `-- The schema of the warehouse on one page, for readers. Nothing runs this file.
--
-- It is generated from the tables in migrations/*.up.sql and the views in migrations/views. Change those, then run
--     make schema
-- A test compares this page with them. A view's SELECT stands in the view's own file.
`

// schema.sql says what the migrations and the declared views say.
func TestSchema(t *testing.T) {
	want := schema(t)
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, page); got != want {
		t.Errorf("%s is out of date, run: make schema\n(the page -, the files +)\n%s", page, cmp.Diff(got, want))
	}
}

func schema(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	out.WriteString(heading)
	title := func(text string) { out.WriteString("\n\n-- " + text + "\n") }
	title("Tables. Loads write them; only the program reads them.")
	for _, file := range tables(t) {
		out.WriteString("\n-- " + file + "\n" + strings.TrimRight(read(t, file), ";\n ") + ";\n")
	}
	views := migrations.Views()
	slices.SortFunc(views, func(a, b migrations.View) int { return strings.Compare(a.Name, b.Name) })
	for _, kind := range []struct {
		title, folder string
		public        bool
	}{
		{"Views for everybody: analysts and BI tools read these.", "views/", true},
		{"Views that are parts of those.", "views/parts/", false},
	} {
		title(kind.title)
		for _, v := range views {
			if v.Public != kind.public {
				continue
			}
			file := kind.folder + v.Name + ".sql"
			head, _, found := strings.Cut(read(t, file), "\nAS\n")
			if !found {
				t.Fatalf("%s has no line AS", file)
			}
			out.WriteString("\n-- " + file + "\n" + head + "\nAS SELECT …;\n")
		}
	}
	return out.String()
}

// tables lists the files that bring a database's tables forward, in their order.
func tables(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("*.up.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("%v, %v", names, err)
	}
	return names
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Each file is one statement that may be repeated: golang-migrate sends it whole, and repeats it after a kill.
func TestEachFileIsOneStatement(t *testing.T) {
	quoted := regexp.MustCompile(`(?s)'(?:[^'\\]|''|\\.)*'|--[^\n]*`)
	repeatable := regexp.MustCompile(`^(CREATE TABLE IF NOT EXISTS|ALTER TABLE \w+ (ADD COLUMN IF NOT EXISTS|MODIFY)) `)
	for _, file := range tables(t) {
		text := read(t, file)
		if bare := quoted.ReplaceAllString(text, ""); strings.Contains(strings.TrimRight(bare, "; \n"), ";") {
			t.Errorf("%s has more than one statement", file)
		}
		if !repeatable.MatchString(text) {
			t.Errorf("%s does not start as one that may be repeated: %.60s", file, text)
		}
	}
	all, err := filepath.Glob("*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		if file != page && !slices.Contains(tables(t), file) {
			t.Errorf("%s: there is no way down", file)
		}
	}
}
