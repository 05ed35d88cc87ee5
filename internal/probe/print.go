package probe

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/mnaflow/mnaflow/internal/terminal"
)

// Results are the reports of several accounts.
type Results struct {
	Accounts []Report `json:"accounts"`
	Config   string   `json:"config"` // lines for the configuration file; empty: none
}

// Complete reports whether no finding failed, in any account.
func (f Results) Complete() bool {
	return !slices.ContainsFunc(f.Accounts, func(r Report) bool { return !r.Complete() })
}

// Print writes the findings and the lines for the configuration file to out.
func (f Results) Print(out io.Writer) {
	for _, r := range f.Accounts {
		terminal.Paragraph(out, "", fmt.Sprintf("account %s: %s in %.1f s, most for %s; times are UTC", r.Account,
			terminal.Count(r.Requests, "request"), r.Seconds, r.Series))
		fmt.Fprintln(out)
		t := terminal.NewTable(out, "finding", "result")
		t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, WidthMax: resultWidth}})
		for _, finding := range r.Findings {
			t.AppendRow(table.Row{finding.Name, inWords(finding)})
		}
		t.Render()
		fmt.Fprintln(out)
	}
	switch {
	case f.Config != "":
		fmt.Fprintf(out, "for the configuration file:\n\n%s", f.Config)
	case f.Complete():
		fmt.Fprintln(out, "The configuration fits what was found.")
	}
}

// resultWidth is the width of the results, in columns; the names beside them take 20.
const resultWidth = terminal.Columns - 20

// inWords prints a finding: its text, what to set, and below that the ids of the requests that show it.
func inWords(f Finding) string {
	words := f.Result
	if f.State != Found {
		words = strings.ToUpper(string(f.State)) + ": " + words
	}
	lines := []string{text.WrapSoft(words, resultWidth)}
	if f.Setting != "" {
		lines = append(lines, "→ "+f.Setting)
	}
	return strings.Join(append(lines, f.Requests...), "\n")
}
