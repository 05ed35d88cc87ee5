package cli

import (
	"regexp"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/mnaflow/mnaflow/internal/terminal"
)

// fit wraps the help of a command and of all below it to the width of a terminal.
func fit(c *cobra.Command) {
	c.Long = wrapped(c.Long)
	for _, sub := range c.Commands() {
		fit(sub)
	}
}

// usageTemplate is cobra's, with flags wrapped as well.
func usageTemplate(c *cobra.Command) string {
	return strings.ReplaceAll(c.UsageTemplate(), ".FlagUsages ", ".FlagUsagesWrapped 80 ")
}

// item is a line of a list: its first column, and what follows it.
var item = regexp.MustCompile(`^( +\S+ {2,})(.*)$`)

// wrapped fills the paragraphs of a text. A line that begins with spaces is an item of a list: its second column is
// wrapped below itself, and lines that begin with more spaces go on with it.
func wrapped(long string) string {
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
