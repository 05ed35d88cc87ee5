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
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"table", "json"}, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
}

func (f output) check() error {
	if f != "table" && f != "json" {
		return usagef("--output %q: write table or json", string(f))
	}
	return nil
}

// printJSON prints v for scripts.
func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// kept remembers that something could not be written: results that are lost are no success, whoever prints them.
type kept struct {
	io.Writer
	err error
}

func (k *kept) Write(p []byte) (int, error) {
	n, err := k.Writer.Write(p)
	if err != nil && k.err == nil {
		k.err = fmt.Errorf("writing the results: %w", err)
	}
	return n, err
}

// duration is a length of time as tables show it: to the second, a short one to the tenth.
func duration(d time.Duration) string {
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
