package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// Every command says what it is for, shows examples, and lists its exit codes.
func TestHelpOfEveryCommand(t *testing.T) {
	t.Parallel()
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Name() == "help" || c.Name() == "completion" || c.Parent() != nil && c.Parent().Name() == "completion" {
			return
		}
		for what, missing := range map[string]bool{
			"a purpose":      c.Short == "",
			"an example":     !strings.Contains(c.Example, "mnaflow"),
			"its codes":      !strings.Contains(c.Long, "Exit codes:"),
			"lines that fit": tooWide(c.Long) || tooWide(c.Example),
		} {
			if missing {
				t.Errorf("%s lacks %s", c.CommandPath(), what)
			}
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(&options{world: World{now: time.Now}}))
}

func tooWide(text string) bool {
	for _, line := range lines(text) {
		if len(line) > 125 {
			return true
		}
	}
	return false
}

// Completion offers the accounts, regions and types of the configuration.
func TestCompletion(t *testing.T) {
	t.Parallel()
	r := newRig(t, start, unlimited(), few)
	for flag, want := range map[string]string{
		"--account": "main", "--region": "ALL\nMC", "--traffic-type": "total", "--gateway-type": "public\nprivate", "--granularity": "hourly\ndaily",
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
