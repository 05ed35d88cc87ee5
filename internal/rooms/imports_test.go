// Package rooms_test holds the module's import rules: who may import whom, in one table.
//
// Invariant: a package that the table does not list fails the test, so that somebody decides what a new one may import.
package rooms_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/mnaflow/mnaflow"

// room is what a package may import beside the standard library. A path stands for all below it.
type room struct {
	program []string // of this module, as below it, and of others
	tests   []string // the same, for its tests, beside itself, program and testLibraries
}

// everything is what the commands and the tests of the whole program may import.
const everything = module

const (
	clickhouse = "github.com/ClickHouse/clickhouse-go/v2"
	cobra      = "github.com/spf13/cobra"
	cron       = "github.com/robfig/cron/v3"
	pretty     = "github.com/jedib0t/go-pretty/v6"
	prometheus = "github.com/prometheus"
	tencent    = "github.com/tencentcloud"
	uuid       = "github.com/google/uuid"
	yaml       = "go.yaml.in/yaml/v4"
)

var rooms = map[string]room{
	// The types that every package uses, and what has no imports of the module.
	"internal/flow":   {tests: []string{}},
	"internal/exit":   {tests: []string{}},
	"internal/trace":  {program: []string{"internal/flow"}, tests: []string{}},
	"internal/config": {program: []string{"internal/flow", cron, yaml}, tests: []string{}},
	"internal/terminal": {
		program: []string{"internal/flow", "internal/trace", pretty, "github.com/vbauerster/mpb/v8"}, tests: []string{},
	},
	"internal/chlocal": {
		program: []string{
			"github.com/ebitengine/purego", "github.com/gofrs/flock", "github.com/landlock-lsm/go-landlock", "golang.org/x/sys",
		},
		tests: []string{"internal/chlocal/chtest", clickhouse},
	},
	// It shares no code with extract, or one bug would hide in both.
	"internal/apisim": {tests: []string{tencent}},
	"migrations": {
		program: []string{"github.com/golang-migrate/migrate/v4"},
		tests:   []string{"internal/chlocal", "internal/flow", "internal/loadtest", clickhouse},
	},
	"internal/warehouse": {
		program: []string{"internal/flow", "internal/trace", "migrations", clickhouse, uuid},
		tests:   []string{"internal/audit", "internal/chlocal", "internal/loadtest"},
	},
	// The way of the data. The stations import flow and never each other.
	"extract": {
		program: []string{"internal/flow", "internal/trace", tencent, "golang.org/x/time"},
		tests:   []string{"internal/apisim"},
	},
	"transform": {program: []string{"internal/flow"}, tests: []string{}},
	"load": {
		program: []string{"internal/flow", "internal/trace", "internal/warehouse", uuid, "github.com/cespare/xxhash/v2"},
		tests:   []string{"internal/chlocal/chtest", "internal/loadtest", "internal/pipeline", clickhouse},
	},
	"internal/pipeline": {
		program: []string{"internal/exit", "internal/flow", "internal/trace", "transform", "golang.org/x/sync"},
		tests:   []string{},
	},
	// These read the warehouse and report what it holds.
	"internal/audit": {
		program: []string{"internal/flow", "internal/terminal", "internal/warehouse", "migrations", pretty},
		tests:   []string{"internal/loadtest", clickhouse},
	},
	"internal/report": {
		program: []string{"internal/audit", "internal/flow", "internal/terminal", "internal/warehouse", pretty},
		tests:   []string{"internal/loadtest"},
	},
	"internal/monitor": {
		program: []string{"internal/flow", "internal/report", "internal/trace", prometheus}, tests: []string{},
	},
	// These get extract, load and the rest from the commands, as interfaces.
	"internal/probe":    {program: []string{"internal/flow", "internal/terminal", pretty}, tests: []string{}},
	"internal/schedule": {program: []string{cron}, tests: []string{}},
	// Only the commands import everything.
	"internal/cli": {
		program: []string{
			everything, cobra, pretty, uuid, "github.com/spf13/pflag", "golang.org/x/sync", "golang.org/x/term",
		},
		tests: []string{},
	},
	"cmd/mnaflow": {program: []string{"internal/cli"}, tests: []string{}},
	// For tests.
	"internal/chlocal/chtest": {
		program: []string{"internal/chlocal", clickhouse, uuid, "go.uber.org/goleak"}, tests: []string{},
	},
	"internal/loadtest": {
		program: []string{
			"internal/audit", "internal/chlocal/chtest", "internal/flow", "internal/report", "internal/warehouse", "load",
			clickhouse, uuid, "github.com/google/go-cmp", "go.uber.org/goleak", "pgregory.net/rapid",
		},
		tests: []string{},
	},
	"internal/e2e":   {tests: []string{everything, clickhouse, cobra, prometheus}},
	"internal/rooms": {tests: []string{}},
}

// testLibraries are for tests, of every room.
var testLibraries = []string{
	"github.com/google/go-cmp", "go.uber.org/goleak", "golang.org/x/sync", "golang.org/x/sys", "pgregory.net/rapid",
}

// forTests are the rooms that tests alone import, and that may import what is for tests.
var forTests = []string{"internal/chlocal/chtest", "internal/loadtest"}

// nowhere are packages that no program file imports, and what to use instead.
var nowhere = map[string]string{
	module + "/internal/chlocal/chtest": "it is for tests",
	module + "/internal/loadtest":       "it is for tests",
	"log":                               "use log/slog",
	"math/rand":                         "use math/rand/v2",
	"net/http/httptest":                 "it is for tests",
	"testing":                           "it is for tests",
}

type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

// TestImports compares the packages with the table. It fails for an import that the table does not allow, and for an
// entry of the table that no package needs.
func TestImports(t *testing.T) {
	seen := map[string]bool{}
	var tested []string // what the tests of any room import
	for _, p := range listing(t) {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		r, ok := rooms[name]
		if !ok {
			t.Errorf("%s has no rule in this table: what may it import?", name)
			continue
		}
		seen[name] = true
		for _, path := range slices.Concat(faults(name, r.program, p.Imports), unfitForPrograms(name, p.Imports)) {
			t.Errorf("%s must not import %s", name, path)
		}
		for _, unused := range needless(r.program, p.Imports) {
			t.Errorf("%s may import %s and does not", name, unused)
		}
		tests := slices.Concat(p.TestImports, p.XTestImports)
		for _, path := range faults(name, slices.Concat(r.program, r.tests, testLibraries, []string{name}), tests) {
			t.Errorf("the tests of %s must not import %s", name, path)
		}
		for _, unused := range needless(r.tests, tests) {
			t.Errorf("the tests of %s may import %s and do not", name, unused)
		}
		tested = append(tested, tests...)
	}
	for _, name := range slices.Sorted(maps.Keys(rooms)) {
		if !seen[name] {
			t.Errorf("%s is in the table and no package of the module", name)
		}
	}
	for _, unused := range needless(testLibraries, tested) {
		t.Errorf("no test imports %s", unused)
	}
}

// listing lists the packages of the module, as they are where everything in them is built.
func listing(t *testing.T) []listed {
	t.Helper()
	const fields = "-json=ImportPath,Imports,TestImports,XTestImports"
	list := exec.CommandContext(t.Context(), "go", "list", fields, module+"/...")
	list.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for packages := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := packages.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// needless lists what is allowed and not imported.
func needless(allowed, imports []string) []string {
	return slices.DeleteFunc(slices.Clone(allowed), func(a string) bool {
		return slices.ContainsFunc(imports, func(path string) bool { return within(path, a) })
	})
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
func unfitForPrograms(name string, imports []string) []string {
	var out []string
	for _, path := range imports {
		if advice, ok := nowhere[path]; ok && !slices.Contains(forTests, name) {
			out = append(out, fmt.Sprintf("%s: %s", path, advice))
		}
		if path == "database/sql" && name != "migrations" {
			out = append(out, path+": only golang-migrate needs it, use the native API of clickhouse-go")
		}
	}
	return out
}

// The rules refuse what they should. Without this test, rules that allow everything would pass.
func TestRulesRefuse(t *testing.T) {
	for _, tt := range []struct{ room, imports string }{
		{"extract", module + "/load"}, {"load", module + "/extract"}, {"load", clickhouse}, {"load", cobra},
		{"transform", module + "/internal/config"}, {"internal/flow", module + "/load"},
		{"internal/apisim", module + "/internal/flow"}, {"internal/pipeline", module + "/load"},
		{"internal/warehouse", module + "/load"}, {"internal/report", module + "/load"},
		{"internal/monitor", module + "/internal/warehouse"},
		{"cmd/mnaflow", clickhouse}, {"cmd/mnaflow", module + "/load"}, {"internal/config", module + "/internal/flowers"},
	} {
		got := faults(tt.room, rooms[tt.room].program, []string{"context", tt.imports})
		if !slices.Equal(got, []string{tt.imports}) {
			t.Errorf("%s may import %s", tt.room, tt.imports)
		}
	}
	unfit := []string{"log", "database/sql", module + "/internal/loadtest"}
	if got := unfitForPrograms("load", append(unfit, "log/slog")); len(got) != len(unfit) {
		t.Errorf("of %v a program must not import %v", unfit, got)
	}
	if got := needless([]string{"load", cobra}, []string{cobra}); !slices.Equal(got, []string{"load"}) {
		t.Errorf("%v are needless, want load", got)
	}
}
