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
	walk(newRoot(&options{World: World{Now: time.Now}}))
}

func tooWide(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		if len(line) > 125 {
			return true
		}
	}
	return false
}
