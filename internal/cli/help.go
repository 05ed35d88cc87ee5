package cli

import (
	"regexp"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/terminal"
)

// wrapHelp wraps the help of a command and its subcommands to the width of a terminal.
func wrapHelp(c *cobra.Command) {
	c.Long = wrapText(c.Long)
	for _, sub := range c.Commands() {
		wrapHelp(sub)
	}
}

// usageTemplate returns cobra's template, changed to wrap flags too.
func usageTemplate(c *cobra.Command) string {
	return strings.ReplaceAll(c.UsageTemplate(), ".FlagUsages ", ".FlagUsagesWrapped 80 ")
}

// item matches an item of a list: "  regions     MC + AP + EU + AM = ALL". Its groups are the two columns. The name may
// have several words.
var item = regexp.MustCompile(`^( +\S+(?: \S+)*? {2,})(.*)$`)

// wrapText wraps each paragraph of a text, and the second column of each item of a list. A line that does not start an
// item continues the item or paragraph before it.
func wrapText(long string) string {
	var out []string
	margin, pending := "", ""
	flush := func() {
		if pending == "" {
			return
		}
		for i, line := range strings.Split(text.WrapSoft(pending, terminal.Columns-len(margin)), "\n") {
			line = strings.TrimRight(line, " ")
			if i > 0 {
				line = strings.Repeat(" ", len(margin)) + line
			} else {
				line = margin + line
			}
			out = append(out, line)
		}
		margin, pending = "", ""
	}
	for line := range strings.SplitSeq(long, "\n") {
		switch parts := item.FindStringSubmatch(line); {
		case line == "":
			flush()
			out = append(out, "")
		case parts != nil:
			flush()
			margin, pending = parts[1], parts[2]
		default:
			pending = strings.TrimSpace(pending + " " + strings.TrimSpace(line))
		}
	}
	flush()
	return strings.Join(out, "\n")
}
