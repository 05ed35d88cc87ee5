package rooms_test

import (
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// docs/architecture.md lists each package of the module once, with the imports of the import table.
func TestArchitecture(t *testing.T) {
	const page = "docs/architecture.md"
	text, err := os.ReadFile("../../" + page)
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]+ \\| ([^|]+) \\|$")
	documented := map[string][]string{}
	for _, row := range rows.FindAllStringSubmatch(string(text), -1) {
		name, imports := row[1], strings.Fields(strings.ReplaceAll(row[2], "`", ""))
		if _, twice := documented[name]; twice {
			t.Errorf("%s lists %s twice", page, name)
		}
		if slices.Equal(imports, []string{"nothing"}) {
			imports = nil
		}
		documented[name] = imports
	}
	ruled := map[string][]string{}
	for _, name := range packages(t) {
		ruled[name] = rooms[name].inner()
	}
	if diff := cmp.Diff(ruled, documented); diff != "" {
		t.Errorf("packages and their imports (imports_test.go -, %s +):\n%s", page, diff)
	}
}

// The picture of the rooms shows imports that the table allows.
func TestArchitecturePicture(t *testing.T) {
	text, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "\n## The rooms\n")
	_, after, _ = strings.Cut(after, "```mermaid\n")
	picture, _, _ := strings.Cut(after, "```")
	byLast := map[string]string{}
	for _, name := range packages(t) {
		byLast[path.Base(name)] = name
	}
	arrows := regexp.MustCompile(`(?m)^ +([\w &]+) --> ([\w &]+)$`).FindAllStringSubmatch(picture, -1)
	if len(arrows) == 0 {
		t.Error("the picture has no arrow")
	}
	for _, arrow := range arrows {
		for from := range strings.SplitSeq(arrow[1], " & ") {
			for to := range strings.SplitSeq(arrow[2], " & ") {
				target := byLast[to]
				if target == "" || len(faults(byLast[from], rooms[byLast[from]].program, []string{module + "/" + target})) > 0 {
					t.Errorf("the picture has %s import %s", from, to)
				}
			}
		}
	}
}

// packages lists those of the module, by their paths in it.
func packages(t *testing.T) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", module+"/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(strings.ReplaceAll(string(out), module+"/", ""))
}

// inner lists the packages of this module that a room's program files may import, sorted.
func (r room) inner() []string {
	var out []string
	for _, allowed := range r.program {
		if allowed == everything {
			return []string{"everything"}
		}
		if first, _, _ := strings.Cut(allowed, "/"); !strings.Contains(first, ".") {
			out = append(out, allowed)
		}
	}
	slices.Sort(out)
	return out
}
