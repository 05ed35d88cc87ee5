//go:build linux && amd64

package e2e

import (
	"debug/elf"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// With the tag noembedded the program needs nothing but itself and starts in an empty root. Without it, it needs the
// loader of glibc, because the embedded ClickHouse does.
func TestStaticBuild(t *testing.T) {
	t.Parallel()
	for _, tags := range []string{"noembedded", ""} {
		root := t.TempDir()
		build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-tags="+tags, "-o",
			filepath.Join(root, "mnaflow"), "../../cmd/mnaflow")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("go build -tags=%s: %v\n%s", tags, err, out)
		}
		config := "accounts: [{name: main}]\nextract: {start: 2026-01-01}\nclickhouse: {addresses: [\"127.0.0.1:9000\"]}\n"
		if err := os.WriteFile(filepath.Join(root, "config.yaml"), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		static := tags != ""
		if needs := loader(t, filepath.Join(root, "mnaflow")); (needs == "") != static {
			t.Errorf("built with tags %q, it needs %q", tags, needs)
		}
		for _, args := range [][]string{{"version"}, {"config", "check"}} {
			out, err := inEmptyRoot(t, root, args...)
			switch {
			case errors.Is(err, fs.ErrPermission):
				t.Log("this user may not change the root: what was built is not run")
			case static && err != nil:
				t.Errorf("in an empty root, mnaflow %v: %v\n%s", args, err, out)
			case !static && !errors.Is(err, fs.ErrNotExist):
				t.Errorf("with ClickHouse, mnaflow %v starts without glibc: %v\n%s", args, err, out)
			}
		}
		if static {
			for _, command := range []string{"warehouse", "demo"} {
				out, err := exec.CommandContext(t.Context(), filepath.Join(root, "mnaflow"), command).CombinedOutput()
				if err == nil || !strings.Contains(string(out), "left out of this build") {
					t.Errorf("mnaflow %s: %v\n%s", command, err, out)
				}
			}
		}
	}
}

// loader is the program's interpreter and the libraries that it is linked with; empty for a static one.
func loader(t *testing.T, path string) string {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			libraries, err := f.ImportedLibraries()
			if err != nil {
				t.Fatal(err)
			}
			return "a loader for " + strings.Join(libraries, ", ")
		}
	}
	return ""
}

// inEmptyRoot runs the program where there is nothing else, which takes root's rights or a user namespace.
func inEmptyRoot(t *testing.T, root string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/mnaflow", args...)
	cmd.Dir, cmd.Env = "/", []string{"TENCENTCLOUD_SECRET_ID=id", "TENCENTCLOUD_SECRET_KEY=key"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}
