package flow

import (
	"fmt"
	"time"
)

// Unloaded compares the configuration with the last run and returns a line for each way in which the configuration
// wants more: new series, or an earlier start of known ones. wanted are the settings of the configuration; loaded is
// the start of each series in the configuration of the last run. Without a difference there are no lines.
func Unloaded(wanted []Setting, loaded map[Series]time.Time) []string {
	var unknown, later int
	var first Series
	var from time.Time // the start of first, which is too late
	for _, w := range wanted {
		start, ok := loaded[w.Series]
		switch {
		case !ok:
			unknown++
		case w.Start.Before(start):
			if later == 0 {
				first, from = w.Series, start
			}
			later++
		}
	}
	var out []string
	if unknown > 0 {
		out = append(out, fmt.Sprintf("the configuration asks for %d series that no run has loaded yet: mnaflow run",
			unknown))
	}
	if later > 0 {
		out = append(out, fmt.Sprintf("the configuration starts earlier than what is loaded of %d series, such as %s "+
			"from %s on: mnaflow run",
			later, first, from.UTC().Format("2006-01-02 15:04Z")))
	}
	return out
}
