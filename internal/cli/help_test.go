package cli

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/terminal"
)

// Every command has a short text, an example and a list of its exit codes.
func TestHelpOfEveryCommand(t *testing.T) {
	t.Parallel()
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Name() == "help" || c.Name() == "completion" || c.Parent() != nil && c.Parent().Name() == "completion" {
			return
		}
		for what, missing := range map[string]bool{
			"a purpose":  c.Short == "",
			"an example": !strings.Contains(c.Example, "mnaflow"),
			"its codes":  !strings.Contains(c.Long, "Exit codes:"),
		} {
			if missing {
				t.Errorf("%s lacks %s", c.CommandPath(), what)
			}
		}
		var help strings.Builder
		c.SetOut(&help)
		if err := c.Help(); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(help.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > terminal.Columns {
				t.Errorf("%s: a line of %d columns: %s", c.CommandPath(), n, line)
			}
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(&options{World: World{Now: time.Now}}))
}

// An item of a list stays on lines of its own, also one whose name has several words.
func TestListsInHelp(t *testing.T) {
	t.Parallel()
	const long = "  gap              no answer covers it, though one covers a later time, which is long enough\n" +
		"                   to wrap\n" +
		"  never requested  no answer covers it\n" +
		"  not final        the last answer came too early\n"
	const want = "  gap              no answer covers it, though one covers a later time, which is\n" +
		"                   long enough to wrap\n" +
		"  never requested  no answer covers it\n" +
		"  not final        the last answer came too early\n"
	if got := wrapText(long); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
