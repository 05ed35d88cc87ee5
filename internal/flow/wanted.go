package flow

import (
	"fmt"
	"time"
)

// Unloaded compares what the configuration asks for with what runs have loaded: the start of each series that the last
// run was configured with. It returns one line for each kind of thing that is missing, none where nothing is.
func Unloaded(wanted []Setting, loaded map[Series]time.Time) []string {
	var unknown, later int
	var first Series
	var from time.Time // of the series that starts too late
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
		out = append(out, fmt.Sprintf("the configuration asks for %d series that no run has loaded yet: mnaflow run", unknown))
	}
	if later > 0 {
		out = append(out, fmt.Sprintf("the configuration starts earlier than %d series that are loaded, such as %s from %s on: mnaflow run",
			later, first, from.UTC().Format("2006-01-02 15:04Z")))
	}
	return out
}
