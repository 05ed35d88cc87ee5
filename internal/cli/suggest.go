package cli

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mnaflow/mnaflow/internal/config"
)

// group makes a command that only has subcommands show its help, and refuse a word that names none of them.
func group(c *cobra.Command) {
	c.Args = noArgs
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
}

// noArgs refuses words after a command, and says which of its subcommands the first one may be.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var known []string
	for _, sub := range c.Commands() {
		known = append(known, sub.Name())
	}
	switch {
	case known == nil:
		return usagef("%s takes no %q; see %[1]s --help", c.CommandPath(), args[0])
	case !c.HasParent():
		return usagef("there is no command %q%s; see mnaflow --help", args[0], suggestion("", args[0], known))
	}
	return usagef("%s has no command %q%s; see %[1]s --help", c.CommandPath(), args[0], suggestion("", args[0], known))
}

// unknownFlag says which flag a misspelt one may be.
func unknownFlag(c *cobra.Command, err error) error {
	missing, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return usagef("%w; see %s --help", err, c.CommandPath())
	}
	var known []string
	c.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
	name := missing.GetSpecifiedName()
	return usagef("%s has no flag --%s%s; see %s --help", c.CommandPath(), name, suggestion("--", name, known), c.CommandPath())
}

func suggestion(prefix, word string, known []string) string {
	if near := config.Nearest(word, known); near != "" {
		return ", did you mean " + prefix + near + "?"
	}
	return ""
}
