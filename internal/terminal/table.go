package terminal

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Columns is how wide a terminal is taken to be.
const Columns = 80

// NewTable is the one look of every table.
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

// Numbers aligns columns (counted from 1) to the right.
func Numbers(columns ...int) []table.ColumnConfig {
	var out []table.ColumnConfig
	for _, n := range columns {
		out = append(out, table.ColumnConfig{Number: n, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	return out
}

// Paragraph prints a text wrapped behind a margin.
func Paragraph(out io.Writer, margin, words string) {
	for line := range strings.SplitSeq(text.WrapSoft(words, Columns-len(margin)), "\n") {
		fmt.Fprintln(out, margin+strings.TrimRight(line, " "))
	}
}
