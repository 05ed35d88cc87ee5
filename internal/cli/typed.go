package cli

import (
	"cmp"
	"regexp"
	"strings"
)

// defaultConfig is the configuration file of a command without --config.
const defaultConfig = "config.yaml"

var (
	// advisable matches the commands that texts advise, as far as they read the configuration.
	advisable = regexp.MustCompile(`\bmnaflow (backfill|explain|migrate|plan|probe|run|status|verify)\b`)
	// bare matches words that no shell takes for anything else.
	bare = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)
)

// typed completes the commands that a text advises, so that each works as it is printed: with the configuration file
// that was given with --config. Example: mnaflow run becomes mnaflow run --config other.yaml. All advice goes through
// it on its way out. What is stored in the warehouse does without: others read it with another file.
func (o *options) typed(text string) string {
	if o.configPath == o.defaultConfig() || o.configPath == "" {
		return text
	}
	file := o.configPath
	if !bare.MatchString(file) {
		file = "'" + strings.ReplaceAll(file, "'", `'\''`) + "'"
	}
	return advisable.ReplaceAllStringFunc(text, func(command string) string { return command + " --config " + file })
}

func (o *options) defaultConfig() string { return cmp.Or(o.Config, defaultConfig) }
