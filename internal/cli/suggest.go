package cli

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mnaflow/mnaflow/internal/config"
)

// group makes a command that only has subcommands show its help. A word that names none of them is an error.
func group(c *cobra.Command) {
	c.Args = noArgs
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
}

// knownTopics makes mnaflow help return a usageError if its words name no command, as they would without help.
func knownTopics(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			c.Args = func(_ *cobra.Command, words []string) error {
				topic, rest, err := root.Find(words)
				if err != nil {
					return usage(err)
				}
				return noArgs(topic, rest)
			}
		}
	}
}

// noArgs returns a usageError if words follow a command. The error suggests a subcommand with a similar name.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range c.Commands() {
		names = append(names, sub.Name())
	}
	switch {
	case names == nil:
		return usagef("%s takes no %q; see %[1]s --help", c.CommandPath(), args[0])
	case !c.HasParent():
		return usagef("there is no command %q%s mnaflow --help", args[0], suggestion("", args[0], names))
	}
	return usagef("%s has no command %q%s %[1]s --help", c.CommandPath(), args[0], suggestion("", args[0], names))
}

// unknownFlag turns cobra's error about a flag into a usageError that suggests a flag with a similar name.
func unknownFlag(c *cobra.Command, err error) error {
	missing, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return usagef("%w; see %s --help", err, c.CommandPath())
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	name := missing.GetSpecifiedName()
	return usagef("%s has no flag --%s%s %s --help",
		c.CommandPath(), name, suggestion("--", name, names), c.CommandPath())
}

// suggestion asks whether a similar name was meant, if there is one, and leads over to where all names are.
func suggestion(prefix, word string, names []string) string {
	if near := config.Nearest(word, names); near != "" {
		return ": did you mean " + prefix + near + "? See"
	}
	return "; see"
}
