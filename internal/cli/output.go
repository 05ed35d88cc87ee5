package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
)

// output is the flag --output of commands that print results.
type output string

func (f *output) flag(cmd *cobra.Command) {
	cmd.Flags().StringVar((*string)(f), "output", "table", "table or json")
	formats := cobra.FixedCompletions([]string{"table", "json"}, cobra.ShellCompDirectiveNoFileComp)
	_ = cmd.RegisterFlagCompletionFunc("output", formats) // it fails for an unknown flag only
}

func (f output) check() error {
	if f != "table" && f != "json" {
		return usagef("--output %q: write table or json", string(f))
	}
	return nil
}

// printJSON prints v as indented JSON.
func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// checkedWriter keeps the first error of its writes. So a command whose results were lost fails, even if the code that
// printed them ignores errors.
type checkedWriter struct {
	io.Writer
	err error
}

func (k *checkedWriter) Write(p []byte) (int, error) {
	n, err := k.Writer.Write(p)
	if err != nil && k.err == nil {
		k.err = fmt.Errorf("writing the results: %w", err)
	}
	return n, err
}

// duration writes a length of time: to the second, below ten seconds to the tenth.
func duration(d time.Duration) string {
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
