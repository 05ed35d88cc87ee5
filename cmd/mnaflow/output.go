package main

import (
	"encoding/json"
	"io"

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
