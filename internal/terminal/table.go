package terminal

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Columns is the width of all output, in columns.
const Columns = 80

// NewTable returns a table in the style of all tables. Render writes it to out.
func NewTable(out io.Writer, header ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.Style().Options.DrawBorder = false
	t.Style().Options.SeparateColumns = false
	t.AppendHeader(header)
	return t
}

// Numbers aligns columns to the right; the first column is 1.
func Numbers(columns ...int) []table.ColumnConfig {
	var out []table.ColumnConfig
	for _, n := range columns {
		out = append(out, table.ColumnConfig{Number: n, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	return out
}

// Minute writes an instant to the minute, in UTC: 2026-01-31 12:00Z.
func Minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04Z") }

// Count writes a number of things: 1 window, 2 windows.
func Count[N int | uint64](n N, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// Paragraph prints words, wrapped to the width of a terminal, with margin before each line.
func Paragraph(out io.Writer, margin, words string) {
	for line := range strings.SplitSeq(text.WrapSoft(words, Columns-len(margin)), "\n") {
		fmt.Fprintln(out, margin+strings.TrimRight(line, " "))
	}
}
