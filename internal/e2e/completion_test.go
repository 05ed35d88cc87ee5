package e2e

import (
	"strings"
	"testing"
)

// Completion offers the accounts, regions and types of the configuration.
func TestCompletion(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	for flag, want := range map[string]string{
		"--account":      "main",
		"--region":       "ALL\nMC",
		"--traffic-type": "total",
		"--gateway-type": "public\nprivate",
		"--granularity":  "hourly\ndaily",
	} {
		got := r.must("__complete", "run", flag, "")
		if !strings.HasPrefix(got.stdout, want+"\n:") {
			t.Errorf("%s completes to %q, want %q", flag, got.stdout, want)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if got := r.must("completion", shell); len(got.stdout) < 1000 {
			t.Errorf("the completion of %s is too short to be one: %s", shell, got)
		}
	}
}
