package e2e

import (
	"os"
	"strings"
	"testing"
)

// fenced returns the contents of a document's code blocks of one language.
func fenced(t *testing.T, path, language string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, part := range strings.Split(string(data), "```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		out = append(out, block)
	}
	return out
}

// Every query of the README runs, and names only columns that exist.
func TestQueriesOfTheREADME(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	r.must("migrate")
	r.must("run")
	queries := fenced(t, "../../README.md", "sql")
	if len(queries) < 3 {
		t.Fatalf("%d queries, want three or more", len(queries))
	}
	for _, q := range queries {
		rows, err := r.conn.Query(t.Context(), q)
		if err != nil {
			t.Errorf("%v\n%s", err, q)
			continue
		}
		for rows.Next() {
		}
		if err := rows.Err(); err != nil {
			t.Errorf("%v\n%s", err, q)
		}
	}
}
