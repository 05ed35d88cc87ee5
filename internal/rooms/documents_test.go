package rooms_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every link of a document leads to a file, and every test that it names exists. It may name the beginning of a test's
// name.
func TestDocuments(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
	name := regexp.MustCompile(`\bTest[A-Z]\w+`)
	tests := testsOfTheModule(t)
	for _, page := range documents(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if target := m[1]; !strings.Contains(target, "://") {
				if _, err := os.Stat(filepath.Join(filepath.Dir(page), target)); err != nil {
					t.Errorf("%s links to %s: %v", page, target, err)
				}
			}
		}
		for _, named := range name.FindAllString(string(text), -1) {
			if !slices.ContainsFunc(tests, func(test string) bool { return strings.HasPrefix(test, named) }) {
				t.Errorf("%s names %s, and there is no such test", page, named)
			}
		}
	}
}

// documents lists the Markdown files of the module.
func documents(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"../../*.md", "../../docs/*.md", "../../docs/adr/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		out = append(out, found...)
	}
	return out
}

// testsOfTheModule lists the names of all tests.
func testsOfTheModule(t *testing.T) []string {
	t.Helper()
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	var out []string
	tree := os.DirFS("../..")
	err := fs.WalkDir(tree, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(tree, path)
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			out = append(out, m[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
