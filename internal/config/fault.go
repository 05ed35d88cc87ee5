package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one fault of the file, with what to write instead. It never holds a secret or the value of a variable.
type Fault struct {
	File         string
	Line, Column int    // from 1; Column counts characters
	Key          string // the path of the key, such as accounts[0].time_zone; empty for a fault of the whole file
	Message      string
}

// String is the fault on one line: config.yaml:12:5: extract.start: …
func (f Fault) String() string {
	if f.Key == "" {
		return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", f.File, f.Line, f.Column, f.Key, f.Message)
}

// Faults are all faults of a file, from top to bottom. The text of the error has one line for each.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}

func (f Faults) sort() {
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
