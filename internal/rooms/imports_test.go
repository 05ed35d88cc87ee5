// Package rooms_test holds the module's import rules: who may import whom, in one table.
//
// Invariant: a package that the table does not list fails the test, so that a new room is a decision.
package rooms_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/mnaflow/mnaflow"

// room is what a package may import beside the standard library. A path stands for all below it.
type room struct {
	program []string // of this module, as below it, and of others
	tests   []string // the same, for its tests, beside program and testLibraries; nil: anything
}

// program is what the command and the tests of several rooms may import: everything.
const everything = module

var rooms = map[string]room{
	// The words that everything speaks, and what stands below everything.
	"internal/flow":           {tests: []string{}},
	"internal/config":         {program: []string{"internal/flow", "github.com/robfig/cron/v3", "go.yaml.in/yaml/v4"}, tests: []string{}},
	"internal/chlocal":        {program: []string{"github.com/ebitengine/purego", "github.com/gofrs/flock", "github.com/landlock-lsm/go-landlock", "golang.org/x/sys"}, tests: []string{"internal/chlocal", clickhouse}},
	"internal/chlocal/chtest": {program: []string{"internal/chlocal", clickhouse, "github.com/google/uuid", "go.uber.org/goleak"}, tests: []string{}},
	"internal/apisim":         {tests: []string{"github.com/tencentcloud"}}, // it shares no code with extract, or one bug would hide in both
	"internal/rooms":          {tests: []string{}},
	"migrations":              {program: []string{"github.com/golang-migrate/migrate/v4"}, tests: []string{}},
	// The way of the data. The stations import flow and never each other.
	"extract":           {program: []string{"internal/flow", "github.com/tencentcloud", "golang.org/x/sync", "golang.org/x/time"}, tests: []string{"internal/apisim"}},
	"transform":         {program: []string{"internal/flow"}, tests: []string{}},
	"load":              {program: []string{"internal/flow", "migrations", clickhouse, "github.com/google/uuid"}, tests: []string{"internal/chlocal", "internal/pipeline"}},
	"internal/pipeline": {program: []string{"internal/flow", "golang.org/x/sync"}},
	// What is handed its stations by the command.
	"internal/probe":    {program: []string{"internal/flow"}},
	"internal/schedule": {program: []string{"internal/flow", "github.com/robfig/cron/v3"}},
	"internal/monitor":  {program: []string{"internal/flow", clickhouse, "github.com/prometheus"}},
	// Only the command imports everything.
	"cmd/mnaflow": {program: []string{
		everything, "github.com/google/uuid", "github.com/jedib0t/go-pretty/v6", "github.com/spf13/cobra", "github.com/vbauerster/mpb/v8", "golang.org/x/sync", "golang.org/x/term",
	}},
}

const clickhouse = "github.com/ClickHouse/clickhouse-go/v2"

// testLibraries are for tests, of every room.
var testLibraries = []string{
	"github.com/google/go-cmp", "github.com/google/uuid", "go.uber.org/goleak", "golang.org/x/sync", "golang.org/x/sys", "pgregory.net/rapid",
}

// nowhere are packages that no program file imports, and what to use instead.
var nowhere = map[string]string{
	module + "/internal/chlocal/chtest": "it is for tests",
	"log":                               "use log/slog",
	"math/rand":                         "use math/rand/v2",
	"net/http/httptest":                 "it is for tests",
	"testing":                           "it is for tests",
}

type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func TestImports(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", module+"/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for list := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := list.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		r, ok := rooms[name]
		if !ok {
			t.Errorf("%s has no rule in this table: what may it import?", name)
			continue
		}
		seen[name] = true
		for _, path := range slices.Concat(faults(name, r.program, p.Imports), r.unfitForPrograms(name, p.Imports)) {
			t.Errorf("%s must not import %s", name, path)
		}
		if r.tests != nil {
			allowed := slices.Concat(r.program, r.tests, testLibraries, []string{name, "internal/chlocal", "internal/flow"})
			for _, path := range faults(name, allowed, slices.Concat(p.TestImports, p.XTestImports)) {
				t.Errorf("the tests of %s must not import %s", name, path)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rooms)) {
		if !seen[name] {
			t.Errorf("%s is in the table and no package of the module", name)
		}
	}
}

// faults lists the imports that are neither of the standard library nor allowed.
func faults(name string, allowed, imports []string) []string {
	var out []string
	for _, path := range imports {
		first, _, _ := strings.Cut(path, "/")
		if strings.Contains(first, ".") && !slices.ContainsFunc(allowed, func(a string) bool { return within(path, a) }) {
			out = append(out, path)
		}
	}
	return out
}

// within says whether a package is one that the table allows, or below it.
func within(path, allowed string) bool {
	if !strings.Contains(strings.SplitN(allowed, "/", 2)[0], ".") {
		allowed = module + "/" + allowed
	}
	return path == allowed || strings.HasPrefix(path, allowed+"/")
}

// unfitForPrograms lists the imports that no program file has, whatever its room.
func (r room) unfitForPrograms(name string, imports []string) []string {
	var out []string
	for _, path := range imports {
		if advice, ok := nowhere[path]; ok && name != "internal/chlocal/chtest" {
			out = append(out, fmt.Sprintf("%s: %s", path, advice))
		}
		if path == "database/sql" && name != "migrations" {
			out = append(out, path+": only golang-migrate needs it, use the native API of clickhouse-go")
		}
	}
	return out
}

// The rules refuse what they should: a table that allowed everything would pass in silence.
func TestRulesRefuse(t *testing.T) {
	for _, tt := range []struct{ room, imports string }{
		{"extract", module + "/load"}, {"load", module + "/extract"}, {"transform", module + "/internal/config"}, {"internal/flow", module + "/load"},
		{"internal/apisim", module + "/internal/flow"}, {"internal/pipeline", module + "/load"}, {"load", "github.com/spf13/cobra"},
		{"cmd/mnaflow", clickhouse}, {"internal/config", module + "/internal/flowers"},
	} {
		if got := faults(tt.room, rooms[tt.room].program, []string{"context", tt.imports}); !slices.Equal(got, []string{tt.imports}) {
			t.Errorf("%s may import %s", tt.room, tt.imports)
		}
	}
	if got := (room{}).unfitForPrograms("load", []string{"log", "database/sql", "log/slog"}); len(got) != 2 {
		t.Errorf("a program may import %v", got)
	}
}
