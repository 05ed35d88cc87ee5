package e2e

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// The patches of TestDeliberateFaults apply to the code as it is, which the full tests alone would notice otherwise.
func TestDeliberateFaultsApply(t *testing.T) {
	t.Parallel()
	patches, err := filepath.Glob("testdata/faults/*.patch")
	if err != nil || len(patches) == 0 {
		t.Fatalf("%d patches, %v", len(patches), err)
	}
	for _, patch := range patches {
		full, err := filepath.Abs(patch)
		if err != nil {
			t.Fatal(err)
		}
		check := exec.CommandContext(t.Context(), "git", "apply", "--check", full)
		check.Dir = "../.."
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", patch, err, out)
		}
	}
}
