package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// firstEnv plays worlds one after the other, and none after the first that fails. huntEnv looks for deliberate faults
// from world 1 on; without it the world comes first that the fault's patch names.
const (
	firstEnv = "MNAFLOW_TEST_FIRST"
	huntEnv  = "MNAFLOW_TEST_HUNT"
)

// TestDeliberateFaults breaks one promise after the other, each by a patch on a copy of this module, and wants one of a
// hundred worlds to find it.
func TestDeliberateFaults(t *testing.T) {
	if os.Getenv("MNAFLOW_TEST_FULL") != "1" {
		t.Log("each fault compiles the program anew and plays worlds until one finds it; MNAFLOW_TEST_FULL=1 does")
		return
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	patches, err := filepath.Glob("testdata/faults/*.patch")
	if err != nil || len(patches) < 10 {
		t.Fatalf("%d faults, %v", len(patches), err)
	}
	for _, patch := range patches {
		name := strings.TrimSuffix(filepath.Base(patch), ".patch")
		t.Run(name, func(t *testing.T) {
			tree := t.TempDir()
			copyModule(t, root, tree)
			full, err := filepath.Abs(patch)
			if err != nil {
				t.Fatal(err)
			}
			apply := exec.CommandContext(t.Context(), "git", "apply", full)
			apply.Dir, apply.Env = tree, append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(tree))
			if out, err := apply.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			worlds := "100"
			if text, err := os.ReadFile(full); err != nil {
				t.Fatal(err)
			} else if known := regexp.MustCompile(`(?m)^World (\d+) finds it\.$`).FindSubmatch(text); known != nil &&
				os.Getenv(huntEnv) != "1" {
				worlds = fmt.Sprintf("%[1]s-%[1]s,100", known[1])
			}
			cmd := exec.CommandContext(t.Context(), "go", "test", "./internal/e2e",
				"-run", "TestWorlds$", "-count=1", "-timeout=60m")
			cmd.Dir = tree
			cmd.Env = append(os.Environ(), worldsEnv+"="+worlds, shrinkEnv+"=0", firstEnv+"=1", "MNAFLOW_TEST_FULL=0")
			out, err := cmd.CombinedOutput()
			seed, fault := found(string(out))
			if err == nil || seed == "" {
				t.Fatalf("no world finds this fault: %v\n%s", err, out)
			}
			t.Logf("%-24s | seed %3s | %s", name, seed, fault)
		})
	}
}

// found is the seed of the first world that failed, and what it said.
func found(out string) (seed, fault string) {
	failure := regexp.MustCompile(`(?s)--- FAIL: TestWorlds/some\S*/(\d+) .*?worlds_test\.go:\d+: ([^\n]{0,200})`)
	m := failure.FindStringSubmatch(out)
	if m == nil {
		return "", ""
	}
	return m[1], m[2]
}

// copyModule copies what git knows of, and what it would take.
func copyModule(t *testing.T, from, to string) {
	t.Helper()
	list := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = from
	names, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.Trim(string(names), "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join(from, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // it has been removed
		}
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o700)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
